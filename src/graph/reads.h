#pragma once

#include "graph/facts.h"

/// Which positions of an input are read, along one axis.
namespace rfmap::graph {

/// The positions that position `u` reads by a formula; not clipped to the map.
Span reads_of(const AxisReads& reads, int u);

/// The positions of an input of `in_extent` positions that positions `out` read: the hull,
/// unclipped (padding counts as positions beyond the map), with the step of a single position's
/// reads. Empty if they read none.
Span reads_of(const Reads& reads, int in_extent, Span out);

/// The positions inside the input's map of `in_extent` positions that position `u` reads; where the
/// border is repeated, positions beyond it become the border.
Span reads_inside(const Reads& reads, int in_extent, int u);

/// Position u reads what position 0 reads, moved by u strides.
bool follows_formula(const Reads& reads);

}  // namespace rfmap::graph
