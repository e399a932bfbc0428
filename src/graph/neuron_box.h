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

/// Hull of the input pixels that position `u` of a node reads along an axis (1: rows, 2: columns),
/// unclipped, by its local paths if it has any; first > last if it reads none.
Interval local_interval(const BoxSource& source, int node, int axis, int u);

}  // namespace rfmap::graph
