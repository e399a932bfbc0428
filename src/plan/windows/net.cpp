#include "plan/windows/net.h"

#include <algorithm>
#include <variant>

#include "plan/windows/extent.h"
#include "plan/windows/joins.h"

namespace rfmap::plan {

using namespace graph;

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

const ChannelGroups* groups_of(const InputReads& input) {
  return std::get_if<ChannelGroups>(&input.channels);
}

/// Whether some channels of a node's result can be computed without the others.
bool can_cut_channels(const WindowNet& net, int node) {
  return is_local(net.facts[node]) &&
         std::ranges::all_of(net.facts[node].inputs, [](const InputReads& input) {
           return std::holds_alternative<SameChannel>(input.channels) || groups_of(input);
         });
}

/// A channel's window needs that channel of the input's alone, and no weights.
bool keeps_channel(const WindowNet& net, int node) {
  const auto* activation = as<Activation>(net, node);
  const Facts& facts = net.facts[node];
  return as<Pool>(net, node) || (activation && !activation->per_channel()) ||
         (facts.gather && std::holds_alternative<SameChannel>(facts.inputs.front().channels));
}

/// The range of a step's result that is computed if `wanted` is needed: grouped convolutions
/// compute complete groups.
ChannelRange computed_channels(const WindowNet& net, int step, const ChannelRange& wanted) {
  const Fused& fused = net.steps[step];
  const ChannelRange all = all_channels(net, fused.result);
  if (!can_cut_channels(net, fused.operation)) return all;
  const ChannelGroups* groups = groups_of(net.facts[fused.operation].inputs.front());
  if (!groups || groups->out == all.size()) return wanted;
  return {wanted.begin / groups->out * groups->out,
          ((wanted.end - 1) / groups->out + 1) * groups->out};
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
    if (part.selected >= 0 && *it > part.selected) {  // after the selected convolution: 1 channel
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

std::vector<bool> constant_nodes(const Graph& graph) {
  std::vector<bool> constant(graph.nodes.size());
  for (std::size_t i = 1; i < constant.size(); ++i)
    constant[i] = std::ranges::all_of(graph.nodes[i].inputs, [&](int n) { return constant[n]; });
  return constant;
}

WindowNet make_window_net(const Graph& graph, const std::vector<int>& targets) {
  const Pruned pruned = prune(graph, targets);
  PlacedJoins placed = place_joins(pruned.graph);
  WindowNet net;
  net.graph = std::move(placed.graph);
  net.facts = facts_of(net.graph);
  net.constant = constant_nodes(net.graph);
  for (int target : targets) net.targets.push_back(placed.new_index[pruned.new_index[target]]);
  net.steps = fuse(net.graph, net.targets);
  net.step_of.assign(net.graph.nodes.size(), kNone);
  for (int i = 0; i < int(net.steps.size()); ++i) net.step_of[net.steps[i].result] = i;
  return net;
}

ChannelRange needed_channels(const WindowNet& net, int node, int k, const ChannelRange& out) {
  const ChannelRange all = all_channels(net, net.graph.nodes[node].inputs[k]);
  if (!can_cut_channels(net, node)) return all;
  const ChannelGroups* groups = groups_of(net.facts[node].inputs[k]);
  if (!groups) return out;
  return {out.begin / groups->out * groups->in, ((out.end - 1) / groups->out + 1) * groups->in};
}

std::vector<int> step_inputs(const WindowNet& net, int step) {
  std::vector<int> inputs = net.graph.nodes[net.steps[step].operation].inputs;
  if (net.steps[step].residual >= 0) inputs.push_back(net.steps[step].residual);
  return inputs;
}

double macs_per_cell(const WindowNet& net, int step) {
  const Shape& shape = net.graph.nodes[net.steps[step].operation].shape;
  return net.facts[net.steps[step].operation].macs / double(shape.area());
}

int selected_step(const WindowNet& net, int target, int first_step) {
  int step = net.step_of[target];
  while (step >= first_step) {
    const Fused& fused = net.steps[step];
    if (fused.residual >= 0) return kNone;
    if (fused.activation >= 0 && as<Activation>(net, fused.activation)->per_channel()) return kNone;
    if (as<Conv>(net, fused.operation)) return step;
    if (!keeps_channel(net, fused.operation)) return kNone;
    step = net.step_of[net.graph.nodes[fused.operation].inputs.front()];
  }
  return kNone;
}

OwnPart shared_part(const WindowNet& net, int cut) {
  OwnPart part;
  for (const Node& node : net.graph.nodes) part.channels.push_back({0, node.shape.c});
  for (int step = 0; step < cut; ++step)
    if (!net.constant[net.steps[step].result]) part.steps.push_back(step);
  return part;
}

OwnPart make_own_part(const WindowNet& net, int target, int first_step, int group) {
  OwnPart part;
  std::vector<bool> needed(net.graph.nodes.size());
  needed[target] = true;
  for (int step = net.step_of[target]; step >= first_step; --step) {
    const int result = net.steps[step].result;
    if (!needed[result] || net.constant[result]) continue;
    part.steps.push_back(step);
    for (int input : step_inputs(net, step)) needed[input] = true;
  }
  std::reverse(part.steps.begin(), part.steps.end());
  part.selected = selected_step(net, target, first_step);
  part.group = group;
  demand_channels(net, group, part);
  return part;
}

}  // namespace rfmap::plan
