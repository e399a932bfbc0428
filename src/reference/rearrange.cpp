#include <array>

#include "reference/operations.h"

namespace rfmap::reference {
namespace {

/// Calls f(c, y, x) for every position of a shape.
template <class F>
void for_each(const Shape& shape, F f) {
  for (int c = 0; c < shape.c; ++c)
    for (int y = 0; y < shape.h; ++y)
      for (int x = 0; x < shape.w; ++x) f(c, y, x);
}

/// The position moved by `offset` along an axis of (c, h, w).
std::array<int, 3> moved(std::array<int, 3> at, int axis, int offset) {
  at[axis] += offset;
  return at;
}

}  // namespace

Map run(const Concat& op, const Maps& in, const Shape& shape) {
  Map out = make_map(shape);
  int offset = 0;
  for (const Map* part : in) {
    for_each(part->shape, [&](int c, int y, int x) {
      const auto to = moved({c, y, x}, op.axis, offset);
      out.at(to[0], to[1], to[2]) = part->at(c, y, x);
    });
    offset += std::array{part->shape.c, part->shape.h, part->shape.w}[op.axis];
  }
  return out;
}

Map run(const Slice& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape);
  for_each(shape, [&](int c, int y, int x) {
    const auto from = moved({c, y, x}, op.axis, op.begin);
    out.at(c, y, x) = in.at(from[0], from[1], from[2]);
  });
  return out;
}

Map run(const Pad& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape, op.value);
  for_each(in.shape, [&](int c, int y, int x) {
    const int to_y = y + op.margins.top, to_x = x + op.margins.left;
    // Negative margins crop.
    if (to_y >= 0 && to_y < shape.h && to_x >= 0 && to_x < shape.w)
      out.at(c, to_y, to_x) = in.at(c, y, x);
  });
  return out;
}

Map run(const Reshape&, const Maps& in, const Shape& shape) { return {shape, in.front()->values}; }

}  // namespace rfmap::reference
