#pragma once

#include <span>

#include "rfmap/field.h"

#include "graph/facts.h"

/// How operations change the theoretical field along one axis (docs/method.md, "Theory").
namespace rfmap::graph {

/// Widens `hull` to hold `other` too.
void extend(Interval& hull, const Interval& other);

/// Field of an output that reads one input, whose field is `in`.
AxisField field_through(const Reads& reads, const AxisField& in, int in_extent, int out_extent);

/// The hull of all inputs, position by position. Pieces of equal stride are merged. Global if an
/// input is a map of which every position sees everything (attention).
AxisField merge(std::span<const AxisField> inputs);

}  // namespace rfmap::graph
