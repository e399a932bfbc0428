#include <algorithm>
#include <limits>

#include "reference/operations.h"

namespace rfmap::reference {
namespace {

/// Positions of a kernel along one axis, `first`, `first + step`, ...
struct Taps {
  int first, step, count;

  int within(int begin, int end) const {
    int inside = 0;
    for (int k = 0; k < count; ++k) inside += at(k) >= begin && at(k) < end;
    return inside;
  }
  int at(int k) const { return first + k * step; }
};

float max_at(const Map& in, int c, const Taps& rows, const Taps& columns) {
  float best = -std::numeric_limits<float>::infinity();
  for (int ky = 0; ky < rows.count; ++ky) {
    for (int kx = 0; kx < columns.count; ++kx) {
      const int y = rows.at(ky), x = columns.at(kx);
      if (y < 0 || y >= in.shape.h || x < 0 || x >= in.shape.w) continue;
      // A NaN must stay: `best < NaN` is false, so it is tested explicitly.
      if (best < in.at(c, y, x) || in.at(c, y, x) != in.at(c, y, x)) best = in.at(c, y, x);
    }
  }
  return best;
}

double sum_at(const Map& in, int c, const Taps& rows, const Taps& columns) {
  double sum = 0;
  for (int ky = 0; ky < rows.count; ++ky) {
    for (int kx = 0; kx < columns.count; ++kx) {
      const int y = rows.at(ky), x = columns.at(kx);
      if (y >= 0 && y < in.shape.h && x >= 0 && x < in.shape.w) sum += in.at(c, y, x);
    }
  }
  return sum;
}

Taps rows_of(const Pool& op, int y) {
  return {y * op.stride.h - op.pad.top, op.dilation.h, op.kernel.h};
}

Taps columns_of(const Pool& op, int x) {
  return {x * op.stride.w - op.pad.left, op.dilation.w, op.kernel.w};
}

}  // namespace

int divisor(const Pool& op, Size map, Point cell) {
  const Margins pad = op.count_include_pad ? op.pad : Margins{};
  return std::max(1, rows_of(op, cell.y).within(-pad.top, map.h + pad.bottom) *
                         columns_of(op, cell.x).within(-pad.left, map.w + pad.right));
}

Map run(const Pool& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape);
  for (int y = 0; y < shape.h; ++y) {
    const Taps rows = rows_of(op, y);
    for (int x = 0; x < shape.w; ++x) {
      const Taps columns = columns_of(op, x);
      const int count = divisor(op, {in.shape.h, in.shape.w}, {y, x});
      for (int c = 0; c < shape.c; ++c)
        out.at(c, y, x) = op.kind == Pool::Kind::max ? max_at(in, c, rows, columns)
                                                     : float(sum_at(in, c, rows, columns) / count);
    }
  }
  return out;
}

}  // namespace rfmap::reference
