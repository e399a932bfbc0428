#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "rfmap/graph.h"

/// Axes of a Resample made in a test.
namespace rfmap {

/// By position of the output: positions of the input and their weights.
using TapLists = std::vector<std::vector<std::pair<int, float>>>;

inline AxisTaps axis_taps(const TapLists& lists) {
  AxisTaps taps;
  for (const auto& list : lists) taps.width = std::max(taps.width, int(list.size()));
  std::vector<int> index;
  std::vector<float> weight;
  for (const auto& list : lists)
    for (int k = 0; k < taps.width; ++k) {
      const bool used = k < int(list.size());
      index.push_back(used ? list[std::size_t(k)].first : -1);
      weight.push_back(used ? list[std::size_t(k)].second : 0);
    }
  taps.index = std::make_shared<const std::vector<int>>(std::move(index));
  taps.weight = std::make_shared<const std::vector<float>>(std::move(weight));
  return taps;
}

/// Neighbouring positions of an axis of n, from 0 to `most` of them, in any order of the output.
template <class Draw>
TapLists drawn_taps(Draw& draw, int n, int positions, int most) {
  TapLists lists(static_cast<std::size_t>(positions));
  for (auto& list : lists) {
    const int count = std::min(n, draw.below(most + 1)), first = draw.below(n - count + 1);
    for (int k = 0; k < count; ++k) list.emplace_back(first + k, draw.value());
  }
  return lists;
}

}  // namespace rfmap
