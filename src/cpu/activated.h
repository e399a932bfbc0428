#pragma once

#include <algorithm>
#include <cmath>

#include "rfmap/graph.h"

namespace rfmap::cpu {

/// One value of channel `channel` after an activation.
inline float activated(const Activation& a, float v, int channel) {
  switch (a.kind) {
    case Activation::Kind::relu:
      return std::max(v, 0.f);
    case Activation::Kind::leaky_relu:
      return v < 0 ? v * a.alpha : v;
    case Activation::Kind::prelu:
      return v < 0 ? v * (*a.slope)[a.slope->size() > 1 ? std::size_t(channel) : 0] : v;
    case Activation::Kind::clip:
      return std::clamp(v, a.alpha, a.beta);
    case Activation::Kind::sigmoid:
      return 1 / (1 + std::exp(-v));
    case Activation::Kind::tanh:
      return std::tanh(v);
  }
  return v;
}

}  // namespace rfmap::cpu
