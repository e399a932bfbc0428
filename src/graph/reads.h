#pragma once

#include "graph/facts.h"

/// Which positions of an input are read, along one axis.
namespace rfmap {

/// Positions first, first + step, ... last; first > last: none.
struct Span {
  int first = 0, last = -1, step = 1;
  bool empty() const { return first > last; }
};

/// The positions that position `u` of an operation for theory only reads; not clipped to the map.
Span reads_of(const AxisReads& reads, int u);

/// The positions of an input of `in_extent` positions that positions `out` read: the hull,
/// unclipped (padding counts as positions beyond the map), with the step of a single position's
/// reads. Empty if they read none.
Span reads_of(const Reads& reads, int in_extent, Span out);

/// The positions inside a map of `side`; if its border is repeated, positions beyond it become the
/// border.
Span clip(const Span& span, int side, bool repeats_border);

/// Beyond the input's map the border is repeated.
bool repeats_border(const Reads& reads);

/// Position u reads what position 0 reads, moved by u strides.
bool follows_formula(const Reads& reads);

}  // namespace rfmap
