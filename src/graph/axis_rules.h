#pragma once

#include <span>

#include "rfmap/field.h"
#include "rfmap/graph.h"

/// How operations change the theoretical field along one axis (docs/method.md, "Theory").
namespace rfmap {

/// A sliding window along one axis: convolution or pooling.
struct AxisWindow {
  int kernel = 1, stride = 1, dilation = 1, pad = 0;
};

/// r += (k_eff - 1) S; P += p S; S *= s.
AxisField slide(const AxisField& in, const AxisWindow& window, int out_extent);

/// Output position u is input position u + begin: slices (begin > 0), borders (begin < 0).
AxisField shift(const AxisField& in, int begin, int out_extent);

/// Operations known to theory alone. The pieces bound what a position reads from outside: exact
/// boxes, which change from position to position, come from `seen` and neuron_box.
AxisField read(const AxisField& in, const AxisReads& reads, int in_extent, int out_extent);

/// Every output position depends on all `in_extent` input positions: their hull, stride 0.
AxisField pool_all(const AxisField& in, int in_extent, int out_extent);

/// Position by position the hull of all inputs. Pieces of equal stride become one.
AxisField merge(std::span<const AxisField> inputs);

}  // namespace rfmap
