#pragma once

#include <cmath>

#include "kernels/number.h"

namespace rfmap::kernels {

/// Written so that NaN stays NaN.
RFMAP_HD inline float activated(const Act& act, float x, int channel) {
  switch (act.kind) {
    case Act::Kind::none:
      return x;
    case Act::Kind::relu:
      return x < 0 ? 0 : x;
    case Act::Kind::leaky_relu:
      return x < 0 ? act.alpha * x : x;
    case Act::Kind::prelu:
      return x < 0 ? act.slope[act.slopes == 1 ? 0 : channel] * x : x;
    case Act::Kind::clip:
      return x < act.alpha ? act.alpha : x > act.beta ? act.beta : x;
    case Act::Kind::sigmoid:
      return 1 / (1 + expf(-x));
    case Act::Kind::tanh:
      return tanhf(x);
  }
  return x;
}

/// Of V channels from `channel` on.
template <int V>
RFMAP_HD Vec<V> activated(const Act& act, Vec<V> x, int channel) {
  for (int i = 0; i < V; ++i) x.v[i] = activated(act, x.v[i], channel + i);
  return x;
}

}  // namespace rfmap::kernels
