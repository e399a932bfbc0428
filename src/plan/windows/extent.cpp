#include "plan/windows/extent.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "core/resampled_rows.h"
#include "plan/windows/joins.h"

namespace rfmap::plan {

using namespace graph;

namespace {

int floor_div(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
int ceil_div(int a, int b) { return -floor_div(-a, b); }

Extent clip(const Extent& e, int size) { return {std::max(e.begin, 0), std::min(e.end, size)}; }

Extent forward(const AxisRule& rule, const Extent& changed, int out_size) {
  if (changed.size() == 0) return {};
  if (rule.stride == 0) return {0, out_size};
  return clip({ceil_div(changed.begin + rule.pad - rule.reach + 1, rule.stride),
               floor_div(changed.end - 1 + rule.pad, rule.stride) + 1},
              out_size);
}

Extent backward(const AxisRule& rule, const Extent& needed, int in_size) {
  if (needed.size() == 0) return {};
  return clip({needed.begin * rule.stride - rule.pad,
               (needed.end - 1) * rule.stride - rule.pad + rule.reach},
              in_size);
}

const GatherAxis& along(Axis axis, const Gather& gather) {
  return axis == Axis::y ? gather.y : gather.x;
}

/// The positions with a tap among `changed`.
Extent forward(const AxisTaps& taps, const Extent& changed, int out_size) {
  if (!taps.index || changed.size() == 0) return changed;
  Extent reached;
  for (int u = 0; u < out_size; ++u)
    core::each_tap_of(taps, u, [&](int at, float) {
      if (at >= changed.begin && at < changed.end) reached = hull(reached, {u, u + 1});
    });
  return reached;
}

/// The taps of the positions `needed`.
Extent backward(const AxisTaps& taps, const Extent& needed) {
  if (!taps.index) return needed;
  Extent read;
  for (int u = needed.begin; u < needed.end; ++u)
    core::each_tap_of(taps, u, [&](int at, float) { read = hull(read, {at, at + 1}); });
  return read;
}

std::optional<AxisRule> sliding_rule(const Reads& reads) {
  const auto* sliding = std::get_if<Sliding>(&reads);
  if (!sliding) return std::nullopt;
  return AxisRule{sliding->reach(), sliding->stride, sliding->pad};
}

/// Whether crops of the inputs lie alike: inputs slide with the output, all in the same way, or
/// have one cell that all read.
bool is_cropped_along(const Facts& facts, Axis axis) {
  std::optional<AxisRule> common;
  for (const InputReads& input : facts.inputs) {
    const Reads& reads = axis == Axis::y ? input.y : input.x;
    if (std::holds_alternative<Broadcast>(reads)) continue;
    const std::optional<AxisRule> rule = sliding_rule(reads);
    if (!rule || (common && *common != *rule)) return false;
    common = rule;
  }
  return true;
}

bool is_broadcast(const InputReads& input) {
  return std::holds_alternative<Broadcast>(input.y) || std::holds_alternative<Broadcast>(input.x);
}

int map_size(const WindowNet& net, int node, Axis axis) {
  return along(axis, net.graph.nodes[node].shape);
}

/// Cells of a local node that change if cells `changed` of its input `k` do.
Extent forward(const WindowNet& net, int node, int k, Axis axis, const Extent& changed) {
  const int out_size = map_size(net, node, axis);
  if (const auto& gather = net.facts[node].gather)
    return forward(along(axis, *gather).taps, changed, out_size);
  return forward(axis_rule(net, node, k, axis), changed, out_size);
}

/// Cells of its input `k` that cells `needed` of a node read.
Extent backward(const WindowNet& net, int node, int k, Axis axis, const Extent& needed) {
  if (const auto& gather = net.facts[node].gather)
    return backward(along(axis, *gather).taps, needed);
  const int input = net.graph.nodes[node].inputs[k];
  return backward(axis_rule(net, node, k, axis), needed, map_size(net, input, axis));
}

}  // namespace

Extent hull(const Extent& a, const Extent& b) {
  if (a.size() == 0) return b;
  if (b.size() == 0) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

Extent overlap(const Extent& a, const Extent& b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

bool is_local(const Facts& facts) {
  return facts.gather ||
         (facts.uniform && is_cropped_along(facts, Axis::y) && is_cropped_along(facts, Axis::x));
}

std::vector<bool> local_nodes(const Graph& graph) {
  std::vector<bool> local(graph.nodes.size());
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    const std::vector<int>& inputs = graph.nodes[i].inputs;
    const Facts facts = facts_of(graph, graph.nodes[i]);
    local[i] = (is_local(facts) || joins_sides(graph.nodes[i])) &&
               std::ranges::none_of(facts.inputs, is_broadcast) &&
               std::ranges::all_of(inputs, [&](int n) { return local[n]; });
  }
  return local;
}

std::vector<bool> windowable_nodes(const Graph& graph) {
  const std::vector<bool> constant = constant_nodes(graph);
  std::vector<bool> computed(graph.nodes.size());
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    const Node& node = graph.nodes[i];
    computed[i] = !std::holds_alternative<TheoryOnly>(node.op) &&
                  std::ranges::all_of(node.inputs, [&](int n) { return computed[n]; });
  }
  for (int i = 0; i < int(graph.nodes.size()); ++i) computed[i] = computed[i] && !constant[i];
  return computed;
}

AxisRule axis_rule(const WindowNet& net, int node, int k, Axis axis) {
  const Facts& facts = net.facts[node];
  if (!is_local(facts)) return {map_size(net, net.graph.nodes[node].inputs[k], axis), 0, 0};
  const InputReads& input = facts.inputs[k];
  const std::optional<AxisRule> rule = sliding_rule(axis == Axis::y ? input.y : input.x);
  return rule ? *rule : AxisRule{1, 0, 0};
}

bool is_unary_pointwise(const WindowNet& net, int node) {
  const Facts& facts = net.facts[node];
  if (facts.inputs.size() != 1 || facts.macs > 0 || facts.gather || !is_local(facts)) return false;
  const Shape& in = net.graph.nodes[net.graph.nodes[node].inputs.front()].shape;
  if (in.h != facts.shape.h || in.w != facts.shape.w) return false;
  return axis_rule(net, node, 0, Axis::y).pointwise() &&
         axis_rule(net, node, 0, Axis::x).pointwise();
}

std::vector<Extent> changed_extents(const WindowNet& net, Axis axis, const Extent& changed) {
  const Graph& graph = net.graph;
  std::vector<Extent> extents(graph.nodes.size());
  extents[0] = clip(changed, along(axis, graph.input()));
  for (int i = 1; i < int(graph.nodes.size()); ++i) {
    const std::vector<int>& inputs = graph.nodes[i].inputs;
    if (net.constant[i]) continue;
    // Always all, so that all samples of a program have them complete.
    if (!is_local(net.facts[i])) extents[i] = {0, map_size(net, i, axis)};
    for (int k = 0; k < int(inputs.size()); ++k)
      extents[i] = hull(extents[i], forward(net, i, k, axis, extents[inputs[k]]));
  }
  return extents;
}

std::vector<std::vector<Extent>> changed_by_grid(const WindowNet& net, const Grid& grid,
                                                 Axis axis) {
  std::vector<std::vector<Extent>> changed;
  for (int g = 0; g < along(axis, grid.count); ++g) {
    const int origin = along(axis, grid.first) + g * along(axis, grid.stride);
    changed.push_back(changed_extents(net, axis, {origin, origin + along(axis, grid.occluder)}));
  }
  return changed;
}

std::vector<Extent> cone_extents(const WindowNet& net, int target, Axis axis, int position) {
  const Graph& graph = net.graph;
  std::vector<Extent> extents(graph.nodes.size());
  extents[target] = {position, position + 1};
  std::vector<bool> read(graph.nodes.size());  // for the target
  read[target] = true;
  for (int i = target; i > 0; --i) {
    if (!read[i]) continue;
    // Also where no cell is needed, so that all positions of a program have them complete.
    if (!is_local(net.facts[i])) extents[i] = {0, map_size(net, i, axis)};
    const std::vector<int>& inputs = graph.nodes[i].inputs;
    for (int k = 0; k < int(inputs.size()); ++k) {
      read[inputs[k]] = true;
      extents[inputs[k]] = hull(extents[inputs[k]], backward(net, i, k, axis, extents[i]));
    }
  }
  for (int i = 1; i <= target; ++i)
    if (read[i] && is_unary_pointwise(net, i)) extents[i] = extents[graph.nodes[i].inputs.front()];
  return extents;
}

}  // namespace rfmap::plan
