#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/nan.h"

namespace rfmap::core {

/// Pearson's correlation over the elements that count and are finite in both; NaN where one of them
/// does not vary.
template <class Number>
float pearson(const std::vector<Number>& a, const std::vector<Number>& b,
              std::span<const std::uint8_t> counted) {
  double n = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  const auto takes = [&](std::size_t i) {
    return counted[i] && std::isfinite(a[i]) && std::isfinite(b[i]);
  };
  for (std::size_t i = 0; i < a.size(); ++i)
    if (takes(i)) ++n, ma += a[i], mb += b[i];
  ma /= n, mb /= n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!takes(i)) continue;
    const double da = a[i] - ma, db = b[i] - mb;
    aa += da * da, bb += db * db, ab += da * db;
  }
  return aa > 0 && bb > 0 ? float(ab / std::sqrt(aa * bb)) : kNan;
}

}  // namespace rfmap::core
