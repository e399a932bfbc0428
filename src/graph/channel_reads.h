#pragma once

#include "rfmap/graph.h"

namespace rfmap {

/// Channels first..last-1.
struct ChannelRange {
  int first = 0, last = 0;
};

/// Channels of input `i` that channel `channel` of a node reads: one branch of a concatenation, the
/// group of a grouped convolution, the neighbours of a normalisation across channels, the same
/// channel where channels do not mix; all where they do. Empty where the input is another branch.
ChannelRange channels_read(const Graph& graph, const Node& node, int i, int channel);

}  // namespace rfmap
