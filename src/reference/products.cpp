#include "reference/operations.h"

namespace rfmap::reference {

Map run(const MatMul&, const Maps& inputs, const Shape& shape) {
  const Map &a = *inputs[0], &b = *inputs[1];
  Map out = make_map(shape);
  for (int g = 0; g < shape.c; ++g)
    for (int m = 0; m < shape.h; ++m)
      for (int n = 0; n < shape.w; ++n) {
        double sum = 0;
        for (int k = 0; k < a.shape.w; ++k)
          sum += double(a.at(g, m, k)) * b.at(b.shape.c == 1 ? 0 : g, k, n);
        out.at(g, m, n) = float(sum);
      }
  return out;
}

}  // namespace rfmap::reference
