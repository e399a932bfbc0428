#pragma once

#include <random>
#include <vector>

namespace rfmap::bench {

/// Normally distributed, the same in every run.
inline std::vector<float> random_values(std::size_t count, float scale = 1) {
  std::mt19937 bits(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(bits) * scale;
  return values;
}

}  // namespace rfmap::bench
