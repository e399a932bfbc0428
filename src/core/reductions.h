#pragma once

#include <cmath>
#include <optional>

#include "rfmap/graph.h"

/// Reductions and normalisations, value by value: the CPU engine, the kernels and the gradient
/// share it. (The reference engine has its own.)
namespace rfmap::core {

/// The reduction of no values; a mean is a sum that is divided at the end.
RFMAP_HD inline double start_of(Reduce::Kind kind) {
  switch (kind) {
    case Reduce::Kind::sum:
    case Reduce::Kind::mean:
      return 0;
    case Reduce::Kind::product:
      return 1;
    case Reduce::Kind::maximum:
      return -double(INFINITY);
    case Reduce::Kind::minimum:
      return INFINITY;
  }
  return NAN;
}

/// The reduction of the values of both parts. NaN wins.
RFMAP_HD inline double joined(Reduce::Kind kind, double a, double b) {
  switch (kind) {
    case Reduce::Kind::sum:
    case Reduce::Kind::mean:
      return a + b;
    case Reduce::Kind::product:
      return a * b;
    case Reduce::Kind::maximum:
      return a < b || b != b ? b : a;
    case Reduce::Kind::minimum:
      return a > b || b != b ? b : a;
  }
  return NAN;
}

/// The pooling with the map as its kernel that a reduction is, or nothing.
inline std::optional<Pool> whole_map(const Reduce& op, const Shape& map) {
  const bool is_max = op.kind == Reduce::Kind::maximum;
  if (op.axes != kOverSpace || (!is_max && op.kind != Reduce::Kind::mean)) return std::nullopt;
  Pool whole;
  whole.kind = is_max ? Pool::Kind::max : Pool::Kind::average;
  whole.kernel = {map.h, map.w};
  return whole;
}

RFMAP_HD inline bool subtracts_mean(Normalisation::Kind kind) {
  return kind == Normalisation::Kind::standard || kind == Normalisation::Kind::centre;
}

/// A value's part in the statistic.
template <class Real>
RFMAP_HD Real magnitude(Normalisation::Kind kind, Real x) {
  if (kind != Normalisation::Kind::l1) return x * x;
  return x < 0 ? -x : x;
}

/// What the values are divided by, from the sum of the magnitudes of `count` values (less their
/// mean).
template <class Real>
RFMAP_HD Real divisor_of(Normalisation::Kind kind, Normalisation::Guard guard, Real epsilon,
                         Real sum, Real count) {
  using Kind = Normalisation::Kind;
  using Guard = Normalisation::Guard;
  if (kind == Kind::centre) return 1;
  const bool is_mean = kind == Kind::standard || kind == Kind::rms;
  const Real statistic = is_mean ? sum / count : sum;
  if (guard == Guard::inside_root)
    return kind == Kind::l1 ? statistic + epsilon : std::sqrt(statistic + epsilon);
  const Real root = kind == Kind::l1 ? statistic : std::sqrt(statistic);
  if (guard == Guard::added) return root + epsilon;
  return root < epsilon ? epsilon : root;  // NaN stays
}

}  // namespace rfmap::core
