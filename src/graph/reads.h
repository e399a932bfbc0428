#pragma once

#include "graph/facts.h"

/// Which positions of an input are read, along one axis.
namespace rfmap {

/// Positions first, first + step, ... last; first > last: none.
struct Span {
  int first = 0, last = -1, step = 1;
  bool empty() const { return first > last; }
};

/// What position `u` of an operation that is known to theory alone reads; not clipped to the map.
Span reads_of(const AxisReads& reads, int u);

/// What positions `out` read of an input of `in_extent` positions: the hull, unclipped (padding
/// counts as positions beyond the map), with the step of a single position's. Empty where they read
/// none.
Span reads_of(const Reads& reads, int in_extent, Span out);

/// Those of them inside a map of `side`; where its border is repeated, those beyond it are the
/// border.
Span clip(const Span& span, int side, bool repeats_border);

/// Beyond the input's map the border is read again.
bool repeats_border(const Reads& reads);

/// What position u reads is that of position 0 moved by u strides: no other formula is needed.
bool follows_formula(const Reads& reads);

}  // namespace rfmap
