#pragma once

#include <cmath>
#include <cstdint>
#include <iterator>

#include "rfmap/geometry.h"

/// All properties of scalar activations; the CPU engine, the kernels and the gradient share them.
/// (The reference engine has its own implementation, because the others are tested against it.)
namespace rfmap {

/// The functions of one number, with their parameters alpha and beta.
enum class ActivationKind : std::uint8_t {
  relu,
  leaky_relu,  ///< alpha: slope below 0
  prelu,       ///< the same, alpha per channel
  clip,        ///< between alpha and beta
  sigmoid,     ///< 1 / (1 + e^-x)
  tanh,
  hard_swish,    ///< x hard_sigmoid(x), alpha 1/6 and beta 1/2
  hard_sigmoid,  ///< alpha x + beta between 0 and 1
  erf,           ///< error function
  gelu,          ///< x / 2 (1 + erf(x / sqrt 2))
  gelu_tanh,     ///< its approximation by tanh
  swish,         ///< x sigmoid(alpha x)
  mish,          ///< x tanh(softplus(x))
  elu,           ///< x, below 0 alpha (e^x - 1)
  selu,          ///< beta elu(x)
  celu,          ///< x, below 0 alpha (e^(x / alpha) - 1)
  softplus,      ///< ln(1 + e^x)
  softsign,      ///< x / (1 + |x|)
  exponential,   ///< e^x
  logarithm,     ///< ln x
  square_root,
  reciprocal,  ///< 1 / x
  power,       ///< x^alpha
  absolute,    ///< |x|
  sign,        ///< -1, 0 or 1
  sine,
  cosine,
  floor,
  ceiling,
  round,             ///< to the nearest integer, halves to even
  thresholded_relu,  ///< x above alpha, else 0
  shrink,            ///< x + beta below -alpha, x - beta above alpha, else 0
  // 1 if true, else 0; NaN compares as false.
  greater,  ///< than alpha
  less,
  greater_or_equal,
  less_or_equal,
  equal,
  logical_not  ///< whether x is 0
};

/// Their usual names, in this order.
inline constexpr const char* kActivationNames[] = {"ReLU",
                                                   "leaky ReLU",
                                                   "parametric ReLU",
                                                   "clip",
                                                   "sigmoid",
                                                   "tanh",
                                                   "hard swish",
                                                   "hard sigmoid",
                                                   "erf",
                                                   "GELU",
                                                   "GELU by tanh",
                                                   "swish",
                                                   "Mish",
                                                   "ELU",
                                                   "SELU",
                                                   "CELU",
                                                   "softplus",
                                                   "softsign",
                                                   "exponential",
                                                   "logarithm",
                                                   "square root",
                                                   "reciprocal",
                                                   "power",
                                                   "absolute value",
                                                   "sign",
                                                   "sine",
                                                   "cosine",
                                                   "floor",
                                                   "ceiling",
                                                   "round",
                                                   "thresholded ReLU",
                                                   "shrink",
                                                   "greater",
                                                   "less",
                                                   "greater or equal",
                                                   "less or equal",
                                                   "equal",
                                                   "logical not"};
inline constexpr int kActivationKinds = int(std::size(kActivationNames));
static_assert(kActivationKinds == int(ActivationKind::logical_not) + 1);

constexpr const char* name_of(ActivationKind kind) { return kActivationNames[int(kind)]; }

/// Its values are 0 and 1.
constexpr bool is_condition(ActivationKind kind) { return kind >= ActivationKind::greater; }

/// x and -x have the same power.
constexpr bool is_even_power(float exponent) {
  return exponent > -1e6f && exponent < 1e6f && float(2 * int(exponent / 2)) == exponent;
}

/// True if no value is below 0 for any input.
constexpr bool is_non_negative(ActivationKind kind, float alpha) {
  switch (kind) {
    case ActivationKind::relu:
    case ActivationKind::sigmoid:
    case ActivationKind::hard_sigmoid:
    case ActivationKind::softplus:
    case ActivationKind::exponential:
    case ActivationKind::square_root:
    case ActivationKind::absolute:
      return true;
    case ActivationKind::clip:
    case ActivationKind::thresholded_relu:
      return alpha >= 0;
    case ActivationKind::power:
      return is_even_power(alpha);
    default:
      return is_condition(kind);
  }
}

/// True if inputs that are not below 0 give values that are not below 0.
constexpr bool keeps_non_negative(ActivationKind kind, float alpha, float beta) {
  switch (kind) {
    case ActivationKind::logarithm:
    case ActivationKind::sine:
    case ActivationKind::cosine:
      return false;
    case ActivationKind::clip:
    case ActivationKind::selu:
      return beta >= 0;
    case ActivationKind::shrink:
      return 0 <= beta && beta <= alpha;
    default:
      return true;
  }
}

/// Formulas in forms that neither overflow nor cancel.
namespace activations {

// Called, not inlined: kernels of layers that do not need them stay small.
#ifdef __CUDACC__
#define RFMAP_RARE __noinline__
#else
#define RFMAP_RARE
#endif

inline constexpr float kRootHalf = 0.70710678118654752f;   ///< sqrt(1 / 2)
inline constexpr float kNormal = 0.39894228040143268f;     ///< 1 / sqrt(2 pi)
inline constexpr float kErfSlope = 1.12837916709551257f;   ///< 2 / sqrt(pi)
inline constexpr float kGeluScale = 0.79788456080286536f;  ///< sqrt(2 / pi)
inline constexpr float kGeluCubic = 0.044715f;             ///< Hendrycks and Gimpel, section 2

RFMAP_HD inline float sigmoid(float x) { return 1 / (1 + expf(-x)); }

RFMAP_HD inline float softplus(float x) { return (x > 0 ? x : 0) + log1pf(expf(-fabsf(x))); }

/// tanh(softplus(x))
RFMAP_HD inline float mish_gate(float x) {
  const float e = expf(-fabsf(x));
  return x > 0 ? (1 + 2 * e) / (1 + 2 * e + 2 * e * e) : e * (e + 2) / (e * (e + 2) + 2);
}

/// Half of the argument of the sigmoid that replaces (1 + tanh) / 2.
RFMAP_HD inline float gelu_argument(float x) { return kGeluScale * (x + kGeluCubic * x * x * x); }

RFMAP_HD inline float power(float x, float exponent) {
  if (exponent == 2) return x * x;
  if (exponent == 3) return x * x * x;
  if (exponent == 1) return x;
  if (exponent == 0.5f) return sqrtf(x);
  if (exponent == -0.5f) return 1 / sqrtf(x);
  if (exponent == -1) return 1 / x;
  return powf(x, exponent);
}

/// Conditions.
RFMAP_HD inline float condition(ActivationKind kind, float x, float alpha) {
  switch (kind) {
    case ActivationKind::greater:
      return x > alpha;
    case ActivationKind::less:
      return x < alpha;
    case ActivationKind::greater_or_equal:
      return x >= alpha;
    case ActivationKind::less_or_equal:
      return x <= alpha;
    case ActivationKind::equal:
      return x == alpha;
    case ActivationKind::logical_not:
      return x == 0;
    default:
      return NAN;
  }
}

/// Functions made of straight pieces.
RFMAP_HD inline float piecewise(ActivationKind kind, float x, float alpha, float beta) {
  switch (kind) {
    case ActivationKind::hard_sigmoid: {
      const float y = alpha * x + beta;
      return y < 0 ? 0 : y > 1 ? 1 : y;
    }
    case ActivationKind::absolute:
      return fabsf(x);
    case ActivationKind::sign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case ActivationKind::floor:
      return floorf(x);
    case ActivationKind::ceiling:
      return ceilf(x);
    case ActivationKind::round:
      return rintf(x);
    case ActivationKind::thresholded_relu:
      return x <= alpha ? 0 : x;
    case ActivationKind::shrink:
      return x < -alpha ? x + beta : x > alpha ? x - beta : x == x ? 0 : x;
    default:
      return condition(kind, x, alpha);
  }
}

/// Functions made of exponentials, roots and sines.
RFMAP_HD inline RFMAP_RARE float curved(ActivationKind kind, float x, float alpha, float beta) {
  switch (kind) {
    case ActivationKind::erf:
      return erff(x);
    case ActivationKind::gelu:
      return 0.5f * x * erfcf(-x * kRootHalf);
    case ActivationKind::gelu_tanh:
      return x * sigmoid(2 * gelu_argument(x));
    case ActivationKind::swish:
      return x * sigmoid(alpha * x);
    case ActivationKind::mish:
      return x * mish_gate(x);
    case ActivationKind::elu:
      return x < 0 ? alpha * expm1f(x) : x;
    case ActivationKind::selu:
      return beta * (x < 0 ? alpha * expm1f(x) : x);
    case ActivationKind::celu:
      return x < 0 ? alpha * expm1f(x / alpha) : x;
    case ActivationKind::softplus:
      return softplus(x);
    case ActivationKind::softsign:
      return x / (1 + fabsf(x));
    case ActivationKind::exponential:
      return expf(x);
    case ActivationKind::logarithm:
      return logf(x);
    case ActivationKind::square_root:
      return sqrtf(x);
    case ActivationKind::reciprocal:
      return 1 / x;
    case ActivationKind::power:
      return power(x, alpha);
    case ActivationKind::sine:
      return sinf(x);
    case ActivationKind::cosine:
      return cosf(x);
    default:
      return piecewise(kind, x, alpha, beta);
  }
}

RFMAP_HD inline float slope_of_piecewise(ActivationKind kind, float x, float alpha, float beta) {
  switch (kind) {
    case ActivationKind::hard_sigmoid: {
      const float y = alpha * x + beta;
      return y > 0 && y < 1 ? alpha : 0;
    }
    case ActivationKind::absolute:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case ActivationKind::thresholded_relu:
      return x <= alpha ? 0 : 1;
    case ActivationKind::shrink:
      return x < -alpha || x > alpha ? 1 : 0;
    default:  // steps
      return 0;
  }
}

/// Of x s(u), where the slope of u is `inner` and s the sigmoid.
RFMAP_HD inline float slope_of_gated(float x, float s, float inner) {
  return s + x * s * (1 - s) * inner;
}

RFMAP_HD inline float slope_of_mish(float x) {
  const float gate = mish_gate(x);
  return gate + x * (1 - gate * gate) * sigmoid(x);
}

RFMAP_HD inline float slope_of_curved(ActivationKind kind, float x, float y, float alpha,
                                      float beta) {
  switch (kind) {
    case ActivationKind::erf:
      return kErfSlope * expf(-x * x);
    case ActivationKind::gelu:
      return 0.5f * erfcf(-x * kRootHalf) + x * kNormal * expf(-0.5f * x * x);
    case ActivationKind::gelu_tanh:
      return slope_of_gated(x, sigmoid(2 * gelu_argument(x)),
                            2 * kGeluScale * (1 + 3 * kGeluCubic * x * x));
    case ActivationKind::swish:
      return slope_of_gated(x, sigmoid(alpha * x), alpha);
    case ActivationKind::mish:
      return slope_of_mish(x);
    case ActivationKind::elu:
      return x > 0 ? 1 : alpha * expf(x);
    case ActivationKind::selu:
      return beta * (x > 0 ? 1 : alpha * expf(x));
    case ActivationKind::celu:
      return x > 0 ? 1 : expf(x / alpha);
    case ActivationKind::softplus:
      return sigmoid(x);
    case ActivationKind::softsign:
      return 1 / ((1 + fabsf(x)) * (1 + fabsf(x)));
    case ActivationKind::exponential:
      return y;
    case ActivationKind::logarithm:
      return 1 / x;
    case ActivationKind::square_root:
      return 0.5f / y;
    case ActivationKind::reciprocal:
      return -y * y;
    case ActivationKind::power:
      return alpha == 0 ? 0 : alpha * power(x, alpha - 1);
    case ActivationKind::sine:
      return cosf(x);
    case ActivationKind::cosine:
      return -sinf(x);
    default:
      return slope_of_piecewise(kind, x, alpha, beta);
  }
}

#undef RFMAP_RARE

}  // namespace activations

/// Value at x; alpha and beta as ActivationKind says. NaN stays NaN except in conditions.
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
      return activations::sigmoid(x);
    case ActivationKind::tanh:
      return tanhf(x);
    case ActivationKind::hard_swish:  // Howard et al., Searching for MobileNetV3, section 5.2
      return x < -3 ? 0 : x > 3 ? x : x * (x + 3) / 6;
    default:
      return activations::curved(kind, x, alpha, beta);
  }
}

/// Slope at x, where the value is y. At a kink: the slope below it, or 0.
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
    default:
      return activations::slope_of_curved(kind, x, y, alpha, beta);
  }
}

}  // namespace rfmap
