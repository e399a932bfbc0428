#pragma once

#include "rfmap/field.h"

#include "graph/facts.h"

namespace rfmap {

/// Hull of the input pixels that position `u` of a node reads along an axis (1: rows, 2: columns),
/// unclipped; first > last if it reads none.
Interval whole_interval(const Graph& graph, const std::vector<Facts>& facts, int node, int axis,
                        int u);

}  // namespace rfmap
