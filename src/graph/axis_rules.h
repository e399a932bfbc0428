#pragma once

#include <span>

#include "rfmap/field.h"

#include "graph/facts.h"

/// How operations change the theoretical field along one axis (docs/method.md, "Theory").
namespace rfmap {

/// Field of an output that reads one input, whose field is `in`.
AxisField field_through(const Reads& reads, const AxisField& in, int in_extent, int out_extent);

/// Position by position the hull of all inputs. Pieces of equal stride become one.
AxisField merge(std::span<const AxisField> inputs);

}  // namespace rfmap
