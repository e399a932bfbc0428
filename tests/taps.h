#pragma once

#include <algorithm>
#include <cmath>
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

/// n positions become m, from the nearest or between the two neighbours.
inline AxisTaps stretched_taps(int n, int m, bool linear) {
  TapLists lists;
  for (int u = 0; u < m; ++u) {
    const double centre = (u + 0.5) * n / m - 0.5;
    const int below = std::clamp(int(std::floor(centre)), 0, n - 1);
    const int above = std::clamp(int(std::floor(centre)) + 1, 0, n - 1);
    const float part = float(centre - std::floor(centre));
    if (!linear)
      lists.push_back({{part < 0.5f ? below : above, 1.f}});
    else if (below == above)
      lists.push_back({{below, 1.f}});
    else
      lists.push_back({{below, 1 - part}, {above, part}});
  }
  return axis_taps(lists);
}

/// `step` - 1 zeros behind each of n positions.
inline AxisTaps spread_taps(int n, int step) {
  TapLists lists(static_cast<std::size_t>(n * step));
  for (int u = 0; u < n; ++u) lists[std::size_t(u * step)] = {{u, 1.f}};
  return axis_taps(lists);
}

/// n positions and their mirror images, `pad` on either side; pad < n.
inline AxisTaps reflected_taps(int n, int pad) {
  TapLists lists;
  for (int u = -pad; u < n + pad; ++u)
    lists.push_back({{u < 0 ? -u : u < n ? u : 2 * (n - 1) - u, 1.f}});
  return axis_taps(lists);
}

}  // namespace rfmap
