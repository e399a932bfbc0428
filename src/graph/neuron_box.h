#pragma once

#include "rfmap/field.h"
#include "rfmap/graph.h"

namespace rfmap {

/// Hull of the input pixels that position `u` of a node reads along an axis (1: rows, 2: columns),
/// unclipped; first > last where it reads none.
Interval whole_interval(const Graph& graph, int node, int axis, int u);

}  // namespace rfmap
