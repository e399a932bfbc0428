#pragma once

#include "rfmap/graph.h"

/// Which positions of an input a node reads, along one axis.
namespace rfmap {

/// Positions first, first + step, ... last; first > last: none.
struct Span {
  int first = 0, last = -1, step = 1;
  bool empty() const { return first > last; }
};

/// What position `u` of an operation that is known to theory alone reads; not clipped to the map.
Span reads_of(const AxisReads& reads, int u);

/// Those of them inside a map of `side`; where its border is repeated, those beyond it are the
/// border.
Span clip(const Span& span, int side, bool repeats_border);

/// The operation moves values so that this axis (1: rows, 2: columns) loses its places: then every
/// position depends on all positions of the input along it.
bool mixes_axis(const Node& node, const Shape& input, int axis);

/// What positions `out` of a node read of its input number `i`: the hull, unclipped (padding counts
/// as positions beyond the map), with the step of a single position's. Empty where they read none.
Span reads_of(const Graph& graph, const Node& node, int i, int axis, Span out);

/// Beyond its input's map the node reads the border again.
bool repeats_border(const Node& node, int axis);

}  // namespace rfmap
