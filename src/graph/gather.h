#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "rfmap/graph.h"

/// Operations whose values are sums over taps of their row and column: windows compute them by
/// absolute position, because they differ from position to position.
namespace rfmap::graph {

/// Rows or columns: each position sums over its taps, in channels that may depend on it.
struct GatherAxis {
  AxisTaps taps;  ///< without index each position reads its own
  /// By position: added to the channel that is read; null: 0.
  std::shared_ptr<const std::vector<int>> channels;
  int channel(int position) const { return channels ? (*channels)[std::size_t(position)] : 0; }
};

/// Value (c, y, x) of the output is the sum over the taps of row y and of column x, each with the
/// product of their weights, of channel first_channel + c * channel_step + y.channel(y) +
/// x.channel(x) of the input.
struct Gather {
  GatherAxis y, x;
  int first_channel = 0, channel_step = 1;
};

Gather gather_of(const Resample& op);
/// Nothing if a row depends on other rows than its own position says (on the channel or the
/// column), a column likewise, or if channels do not go in equal steps.
std::optional<Gather> gather_of(const Rearrange& op);

}  // namespace rfmap::graph
