#include <vector>

#include "reference/operations.h"

namespace rfmap::reference {

std::vector<Tap> taps_of(const AxisTaps& axis, int u) {
  if (!axis.index) return {{u, 1}};
  std::vector<Tap> taps;
  for (int k = u * axis.width; k < (u + 1) * axis.width; ++k)
    if ((*axis.index)[k] >= 0) taps.push_back({(*axis.index)[k], (*axis.weight)[k]});
  return taps;
}

Map run(const Resample& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape);
  for (int y = 0; y < shape.h; ++y) {
    const std::vector<Tap> rows = taps_of(op.y, y);
    for (int x = 0; x < shape.w; ++x) {
      const std::vector<Tap> columns = taps_of(op.x, x);
      for (int c = 0; c < shape.c; ++c) {
        double sum = 0;
        for (const Tap& row : rows)
          for (const Tap& column : columns)
            sum += row.weight * column.weight * in.at(c, row.at, column.at);
        out.at(c, y, x) = float(sum);
      }
    }
  }
  return out;
}

}  // namespace rfmap::reference
