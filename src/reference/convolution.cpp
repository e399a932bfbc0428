#include "reference/operations.h"

namespace rfmap::reference {
namespace {

/// One output value: channel o at (y, x).
double convolve_at(const Conv& op, const Map& in, int o, int y, int x) {
  const int in_group = in.shape.c / op.groups;
  const int first = o / (op.out_channels / op.groups) * in_group;
  double sum = op.bias ? (*op.bias)[o] : 0.0;
  for (int i = 0; i < in_group; ++i) {
    for (int ky = 0; ky < op.kernel.h; ++ky) {
      const int iy = y * op.stride.h - op.pad.top + ky * op.dilation.h;
      if (iy < 0 || iy >= in.shape.h) continue;
      for (int kx = 0; kx < op.kernel.w; ++kx) {
        const int ix = x * op.stride.w - op.pad.left + kx * op.dilation.w;
        if (ix < 0 || ix >= in.shape.w) continue;
        const std::size_t weight =
            ((std::size_t(o) * in_group + i) * op.kernel.h + ky) * op.kernel.w + kx;
        sum += double((*op.weights)[weight]) * in.at(first + i, iy, ix);
      }
    }
  }
  return sum;
}

}  // namespace

Map run(const Conv& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape);
  for (int o = 0; o < shape.c; ++o)
    for (int y = 0; y < shape.h; ++y)
      for (int x = 0; x < shape.w; ++x) out.at(o, y, x) = float(convolve_at(op, in, o, y, x));
  return out;
}

Map run(const FullyConnected& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape);
  const std::size_t count = in.values.size();
  for (int o = 0; o < op.out; ++o) {
    double sum = op.bias ? (*op.bias)[o] : 0.0;
    for (std::size_t i = 0; i < count; ++i)
      sum += double((*op.weights)[o * count + i]) * in.values[i];
    out.values[o] = float(sum);
  }
  return out;
}

}  // namespace rfmap::reference
