#include "plan/window_net.h"

#include <algorithm>
#include <variant>

#include "plan/window_extent.h"

namespace rfmap {
namespace {

template <class Op>
const Op* as(const WindowNet& net, int node) {
  return std::get_if<Op>(&net.graph.nodes[node].op);
}

ChannelRange all_channels(const WindowNet& net, int node) {
  return {0, net.graph.nodes[node].shape.c};
}

ChannelRange hull(const ChannelRange& a, const ChannelRange& b) {
  if (a.size() <= 0) return b;
  if (b.size() <= 0) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

bool per_channel(const Activation& a) { return a.slope && a.slope->size() > 1; }

/// Channels of input `k` that channels `out` of a step's operation need.
ChannelRange needed_channels(const WindowNet& net, int operation, int k, const ChannelRange& out) {
  const Node& node = net.graph.nodes[operation];
  const int in_channels = net.graph.nodes[node.inputs[k]].shape.c;
  if (const auto* conv = as<Conv>(net, operation)) {
    const int per_out = conv->out_channels / conv->groups, per_in = in_channels / conv->groups;
    return {out.begin / per_out * per_in, ((out.end - 1) / per_out + 1) * per_in};
  }
  if (const auto* lrn = as<Lrn>(net, operation))
    return {std::max(0, out.begin - (lrn->size - 1) / 2),
            std::min(in_channels, out.end + lrn->size / 2)};
  if (as<Concat>(net, operation)) {
    int before = 0;
    for (int i = 0; i < k; ++i) before += net.graph.nodes[node.inputs[i]].shape.c;
    return {std::max(0, out.begin - before), std::min(in_channels, out.end - before)};
  }
  const auto* slice = as<Slice>(net, operation);
  if ((slice && slice->axis == 0) || as<Softmax>(net, operation) ||
      as<ChannelShuffle>(net, operation))
    return {0, in_channels};
  return out;
}

/// A step whose channels can be cut to a range: the others compute all of theirs.
bool can_cut_channels(const WindowNet& net, int step) {
  const Fused& fused = net.steps[step];
  if (as<Lrn>(net, fused.operation) || as<Softmax>(net, fused.operation) ||
      as<ChannelShuffle>(net, fused.operation) || as<Concat>(net, fused.operation))
    return false;
  const auto* slice = as<Slice>(net, fused.operation);
  return !slice || slice->axis != 0;
}

/// The range of a step's result that is really computed when `wanted` is asked for: convolutions
/// compute whole groups where they have several.
ChannelRange computed_channels(const WindowNet& net, int step, const ChannelRange& wanted) {
  const Fused& fused = net.steps[step];
  if (!can_cut_channels(net, step)) return all_channels(net, fused.result);
  const auto* conv = as<Conv>(net, fused.operation);
  if (!conv || conv->groups == 1) return wanted;
  const int per_group = conv->out_channels / conv->groups;
  return {wanted.begin / per_group * per_group, ((wanted.end - 1) / per_group + 1) * per_group};
}

void demand_channels(const WindowNet& net, int group, OwnPart& part) {
  part.channels.assign(net.graph.nodes.size(), {});
  const int last = part.steps.back();
  part.channels[net.steps[last].result] =
      part.selected >= 0 ? ChannelRange{0, 1} : all_channels(net, net.steps[last].result);
  for (auto it = part.steps.rbegin(); it != part.steps.rend(); ++it) {
    const Fused& fused = net.steps[*it];
    ChannelRange& out = part.channels[fused.result];
    const std::vector<int>& inputs = net.graph.nodes[fused.operation].inputs;
    if (part.selected >= 0 && *it > part.selected) {  // behind the selected convolution: 1 channel
      for (int input : inputs) part.channels[input] = {0, 1};
      continue;
    }
    ChannelRange source = out;
    if (*it == part.selected) {
      const Conv& conv = *as<Conv>(net, fused.operation);
      source = {group * (conv.out_channels / conv.groups),
                (group + 1) * (conv.out_channels / conv.groups)};
    } else {
      out = source = computed_channels(net, *it, out);
    }
    for (int k = 0; k < int(inputs.size()); ++k)
      part.channels[inputs[k]] =
          hull(part.channels[inputs[k]], needed_channels(net, fused.operation, k, source));
    if (fused.residual >= 0)
      part.channels[fused.residual] = hull(part.channels[fused.residual], source);
  }
}

}  // namespace

WindowNet make_window_net(const Graph& graph, const std::vector<int>& targets) {
  Pruned pruned = prune(graph, targets);
  WindowNet net;
  net.graph = std::move(pruned.graph);
  for (int target : targets) net.targets.push_back(pruned.new_index[target]);
  net.steps = fuse(net.graph, net.targets);
  net.step_of.assign(net.graph.nodes.size(), -1);
  for (int i = 0; i < int(net.steps.size()); ++i) net.step_of[net.steps[i].result] = i;
  return net;
}

std::vector<int> step_inputs(const WindowNet& net, int step) {
  std::vector<int> inputs = net.graph.nodes[net.steps[step].operation].inputs;
  if (net.steps[step].residual >= 0) inputs.push_back(net.steps[step].residual);
  return inputs;
}

double macs_per_cell(const WindowNet& net, int step) {
  const Shape& shape = net.graph.nodes[net.steps[step].operation].shape;
  return macs(net.graph, net.steps[step].operation) / double(shape.area());
}

int selected_step(const WindowNet& net, int target, int first_step) {
  int step = net.step_of[target];
  while (step >= first_step) {
    const Fused& fused = net.steps[step];
    if (fused.residual >= 0) return -1;
    if (fused.activation >= 0 && per_channel(*as<Activation>(net, fused.activation))) return -1;
    if (as<Conv>(net, fused.operation)) return step;
    const auto* activation = as<Activation>(net, fused.operation);
    if (!as<Pool>(net, fused.operation) && !(activation && !per_channel(*activation))) return -1;
    step = net.step_of[net.graph.nodes[fused.operation].inputs.front()];
  }
  return -1;
}

OwnPart make_own_part(const WindowNet& net, int target, int first_step, int group) {
  OwnPart part;
  std::vector<bool> needed(net.graph.nodes.size());
  needed[target] = true;
  for (int step = net.step_of[target]; step >= first_step; --step) {
    if (!needed[net.steps[step].result]) continue;
    part.steps.push_back(step);
    for (int input : step_inputs(net, step)) needed[input] = true;
  }
  std::reverse(part.steps.begin(), part.steps.end());
  part.selected = selected_step(net, target, first_step);
  part.group = group;
  demand_channels(net, group, part);
  return part;
}

}  // namespace rfmap
