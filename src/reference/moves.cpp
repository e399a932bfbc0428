#include <array>

#include "reference/operations.h"

namespace rfmap::reference {

Map run(const Rearrange& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape);
  for (int c = 0; c < shape.c; ++c)
    for (int y = 0; y < shape.h; ++y)
      for (int x = 0; x < shape.w; ++x) {
        const std::array to{c, y, x};
        std::array<int, 3> from = op.start;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          int count = 1;  // positions that the digits after this one take
          for (std::size_t i = op.digits[axis].size(); i-- > 0;) {
            const Rearrange::Digit& digit = op.digits[axis][i];
            from[std::size_t(digit.axis)] += to[axis] / count % digit.extent * digit.step;
            count *= digit.extent;
          }
        }
        out.at(c, y, x) = in.at(from[0], from[1], from[2]);
      }
  return out;
}

Map run(const Parameter& op, const Maps&, const Shape& shape) { return {shape, *op.values}; }

}  // namespace rfmap::reference
