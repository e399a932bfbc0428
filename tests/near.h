#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include <gtest/gtest.h>

namespace rfmap {

/// |got - want| <= abs + rel * |want| everywhere; a NaN is the worst of all.
inline testing::AssertionResult all_near(std::span<const float> got, std::span<const float> want,
                                         float abs, float rel) {
  if (got.size() != want.size())
    return testing::AssertionFailure() << got.size() << " values, wanted " << want.size();
  std::size_t worst = 0;
  float excess = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const float e = std::fabs(got[i] - want[i]) - (abs + rel * std::fabs(want[i]));
    if (e <= excess) continue;
    worst = i;
    excess = std::isnan(e) ? std::numeric_limits<float>::infinity() : e;
  }
  if (excess == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "[" << worst << "] got " << got[worst] << ", wanted " << want[worst];
}

}  // namespace rfmap
