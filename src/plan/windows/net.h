#pragma once

#include <vector>

#include "rfmap/graph.h"

#include "graph/facts.h"
#include "plan/fusion.h"

namespace rfmap::plan {

/// The input of windowed programs: the part of a graph that the targets need, in fused steps.
struct WindowNet {
  Graph graph;                      ///< pruned, with joins placed (joins.h)
  std::vector<graph::Facts> facts;  ///< by node
  std::vector<bool> constant;       ///< by node: no path comes from the input
  std::vector<int> targets;         ///< nodes of `graph`, as given
  std::vector<Fused> steps;         ///< in order; values are named by their `result` node
  std::vector<int> step_of;         ///< by node: the step whose result it is, or -1
};

/// By node: whether no path comes from the input.
std::vector<bool> constant_nodes(const Graph& graph);

/// Targets must be windowable (extent.h).
WindowNet make_window_net(const Graph& graph, const std::vector<int>& targets);

/// Nodes that a step reads: its operation's inputs, then its residual.
std::vector<int> step_inputs(const WindowNet& net, int step);

/// Channels of input `k` of a node's operation that channels `out` of its result need; all if the
/// operation's channels cannot be computed separately.
graph::ChannelRange needed_channels(const WindowNet& net, int node, int k,
                                    const graph::ChannelRange& out);

/// Multiply-adds of a step per output cell and all its channels.
double macs_per_cell(const WindowNet& net, int step);

/// A response's own part of the network, computed only for its location.
struct OwnPart {
  std::vector<int> steps;  ///< ascending; the last makes the target
  int group = 0;           ///< of the selected convolution
  int selected = kNone;    ///< the step of `steps` whose one output channel counts
  std::vector<graph::ChannelRange>
      channels;  ///< by node: channels needed (of `selected`'s result and after it: 0..1)
};

/// Steps from `first_step` on that `target` needs, with the channels that its group needs: `group`
/// counts the groups of the selected convolution (0 if there is none). Constants are in no part:
/// their values are those of the originals.
OwnPart make_own_part(const WindowNet& net, int target, int first_step, int group);

/// The steps before `cut`, with all channels.
OwnPart shared_part(const WindowNet& net, int cut);

/// The step that make_own_part would select, or kNone: the last convolution, when only activations,
/// pooling and resampling follow it.
int selected_step(const WindowNet& net, int target, int first_step);

}  // namespace rfmap::plan
