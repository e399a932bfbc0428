#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "rfmap/aggregate.h"

namespace rfmap::core {

/// Cluster of each map, counted from 0 in the order in which they appear; a map without
/// one is a cluster of its own.
inline std::vector<int> clusters_of(std::span<const ChangeMap> maps) {
  std::map<int, int> known;
  std::vector<int> clusters;
  int next = 0;
  for (const ChangeMap& map : maps) {
    const int id = map.cluster == kNone ? next : known.try_emplace(map.cluster, next).first->second;
    clusters.push_back(id);
    next = std::max(next, id + 1);
  }
  return clusters;
}

inline int cluster_count(std::span<const int> clusters) {
  return clusters.empty() ? 0 : *std::max_element(clusters.begin(), clusters.end()) + 1;
}

}  // namespace rfmap::core
