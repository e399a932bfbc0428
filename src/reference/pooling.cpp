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

/// Taps that count in an average: those inside the map, or inside the padded map.
int divisor(const Pool& op, const Shape& in, const Taps& rows, const Taps& columns) {
  if (!op.count_include_pad) return rows.within(0, in.h) * columns.within(0, in.w);
  return rows.within(-op.pad.top, in.h + op.pad.bottom) *
         columns.within(-op.pad.left, in.w + op.pad.right);
}

}  // namespace

Map pool(const Pool& op, const Map& in, const Shape& shape) {
  Map out = make_map(shape);
  for (int y = 0; y < shape.h; ++y) {
    const Taps rows{y * op.stride.h - op.pad.top, op.dilation.h, op.kernel.h};
    for (int x = 0; x < shape.w; ++x) {
      const Taps columns{x * op.stride.w - op.pad.left, op.dilation.w, op.kernel.w};
      const int count = std::max(1, divisor(op, in.shape, rows, columns));
      for (int c = 0; c < shape.c; ++c)
        out.at(c, y, x) = op.kind == Pool::Kind::max ? max_at(in, c, rows, columns)
                                                     : float(sum_at(in, c, rows, columns) / count);
    }
  }
  return out;
}

Map global_pool(const GlobalPool& op, const Map& in, const Shape& shape) {
  Pool whole;
  whole.kind = op.kind;
  whole.kernel = {in.shape.h, in.shape.w};
  return pool(whole, in, shape);
}

}  // namespace rfmap::reference
