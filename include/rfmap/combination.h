#pragma once

#include <cmath>
#include <cstdint>
#include <iterator>

#include "rfmap/geometry.h"

/// Element-wise functions of two numbers; the CPU engine, the kernels and the gradient share them.
/// (The reference engine has its own implementation.)
namespace rfmap {

enum class ElementwiseKind : std::uint8_t {
  sum,
  product,
  maximum,
  minimum,
  difference,  ///< first minus second
  quotient,    ///< first by second
  power,       ///< first to the second
  // 1 if true, else 0; NaN compares as false.
  greater,
  less,
  greater_or_equal,
  less_or_equal,
  equal
};

/// Their usual names, in this order.
inline constexpr const char* kElementwiseNames[] = {
    "sum",   "product", "maximum", "minimum",          "difference",    "quotient",
    "power", "greater", "less",    "greater or equal", "less or equal", "equal"};
inline constexpr int kElementwiseKinds = int(std::size(kElementwiseNames));
static_assert(kElementwiseKinds == int(ElementwiseKind::equal) + 1);

constexpr const char* name_of(ElementwiseKind kind) { return kElementwiseNames[int(kind)]; }

/// Its values are 0 and 1.
constexpr bool is_condition(ElementwiseKind kind) { return kind >= ElementwiseKind::greater; }

/// True if the order of inputs does not matter, so that there may be more than two.
constexpr bool is_commutative(ElementwiseKind kind) { return kind < ElementwiseKind::difference; }

/// NaN stays NaN except in conditions.
RFMAP_HD inline float value_of(ElementwiseKind kind, float a, float b) {
  switch (kind) {
    case ElementwiseKind::sum:
      return a + b;
    case ElementwiseKind::product:
      return a * b;
    case ElementwiseKind::maximum:
      return a < b || b != b ? b : a;
    case ElementwiseKind::minimum:
      return b < a || b != b ? b : a;
    case ElementwiseKind::difference:
      return a - b;
    case ElementwiseKind::quotient:
      return a / b;
    case ElementwiseKind::power:
      return powf(a, b);
    case ElementwiseKind::greater:
      return a > b;
    case ElementwiseKind::less:
      return a < b;
    case ElementwiseKind::greater_or_equal:
      return a >= b;
    case ElementwiseKind::less_or_equal:
      return a <= b;
    case ElementwiseKind::equal:
      return a == b;
  }
  return NAN;
}

}  // namespace rfmap
