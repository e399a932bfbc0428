#pragma once

#include "rfmap/field.h"

#include "graph/facts.h"

namespace rfmap::graph {

/// What the boxes of a graph's neurons follow from.
struct BoxSource {
  const Graph& graph;
  std::vector<Field> fields;
  std::vector<Facts> facts;
};

/// Of each position of a node along an axis (1: rows, 2: columns), the hull of the input pixels
/// that it reads, unclipped, by its local paths if it has any; first > last if it reads none.
std::vector<Interval> local_intervals(const BoxSource& source, int node, int axis);

}  // namespace rfmap::graph
