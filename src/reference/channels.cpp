#include <algorithm>
#include <cmath>

#include "reference/operations.h"

namespace rfmap::reference {
Map run(const Lrn& op, const Maps& inputs, const Shape&) {
  const Map& in = *inputs.front();
  Map out = make_map(in.shape);
  const int before = (op.size - 1) / 2;
  for (int c = 0; c < in.shape.c; ++c) {
    const int first = std::max(0, c - before);
    const int end = std::min(in.shape.c, c - before + op.size);
    for (int y = 0; y < in.shape.h; ++y) {
      for (int x = 0; x < in.shape.w; ++x) {
        double squares = 0;
        for (int i = first; i < end; ++i) squares += double(in.at(i, y, x)) * in.at(i, y, x);
        const double base = double(op.k) + double(op.alpha) / op.size * squares;
        out.at(c, y, x) = float(in.at(c, y, x) / std::pow(base, double(op.beta)));
      }
    }
  }
  return out;
}

}  // namespace rfmap::reference
