#pragma once

#include <cmath>
#include <cstdint>

#include "rfmap/geometry.h"

/// All properties of scalar activations; the CPU engine, the kernels and the gradient share them.
/// (The reference engine has its own implementation, because the others are tested against it.)
namespace rfmap {

enum class ActivationKind : std::uint8_t {
  relu,
  leaky_relu,
  prelu,
  clip,
  sigmoid,
  tanh,
  hard_swish
};

/// Its usual name.
constexpr const char* name_of(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::relu:
      return "ReLU";
    case ActivationKind::leaky_relu:
      return "leaky ReLU";
    case ActivationKind::prelu:
      return "parametric ReLU";
    case ActivationKind::clip:
      return "clip";
    case ActivationKind::sigmoid:
      return "sigmoid";
    case ActivationKind::tanh:
      return "tanh";
    case ActivationKind::hard_swish:
      return "hard swish";
  }
  return nullptr;
}

/// True if no value is below 0 for any input.
constexpr bool is_non_negative(ActivationKind kind, float alpha) {
  switch (kind) {
    case ActivationKind::relu:
    case ActivationKind::sigmoid:
      return true;
    case ActivationKind::clip:
      return alpha >= 0;
    case ActivationKind::leaky_relu:
    case ActivationKind::prelu:
    case ActivationKind::tanh:
    case ActivationKind::hard_swish:
      return false;
  }
  return false;
}

/// Value at x. `alpha`: the slope below 0 (leaky and parametric ReLU) or the lower bound (clip);
/// `beta`: the upper bound. NaN stays NaN.
RFMAP_HD inline float value_of(ActivationKind kind, float x, float alpha, float beta) {
  switch (kind) {
    case ActivationKind::relu:
      return x < 0 ? 0 : x;
    case ActivationKind::leaky_relu:
    case ActivationKind::prelu:
      return x < 0 ? alpha * x : x;
    case ActivationKind::clip:
      return x < alpha ? alpha : x > beta ? beta : x;
    case ActivationKind::sigmoid:
      return 1 / (1 + expf(-x));
    case ActivationKind::tanh:
      return tanhf(x);
    case ActivationKind::hard_swish:  // Howard et al., Searching for MobileNetV3, section 5.2
      return x < -3 ? 0 : x > 3 ? x : x * (x + 3) / 6;
  }
  return NAN;
}

/// Slope at x, where the value is y. At a kink: the slope below it.
RFMAP_HD inline float slope_of(ActivationKind kind, float x, float y, float alpha, float beta) {
  switch (kind) {
    case ActivationKind::relu:
      return x > 0 ? 1.f : 0.f;
    case ActivationKind::leaky_relu:
    case ActivationKind::prelu:
      return x > 0 ? 1.f : alpha;
    case ActivationKind::clip:
      return x > alpha && x < beta ? 1.f : 0.f;
    case ActivationKind::sigmoid:
      return y * (1 - y);
    case ActivationKind::tanh:
      return 1 - y * y;
    case ActivationKind::hard_swish:
      return x <= -3 ? 0.f : x > 3 ? 1.f : x / 3 + 0.5f;
  }
  return NAN;
}

}  // namespace rfmap
