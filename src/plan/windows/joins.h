#pragma once

#include <vector>

#include "rfmap/graph.h"

/// Concatenations along rows or columns, for windows. Their inputs lie at different places, so a
/// crop of the result is no crop of each input; but a sum of the inputs, each at its place among
/// zeros, is the same map, and what has a place reads by position (Facts::gather).
namespace rfmap::plan {

/// Whether a node joins several maps along rows or columns.
bool joins_sides(const Node& node);

/// The graph with such sums in place of these nodes, which keep their names; and each old node's
/// new index.
struct PlacedJoins {
  Graph graph;
  std::vector<int> new_index;
};
PlacedJoins place_joins(const Graph& graph);

}  // namespace rfmap::plan
