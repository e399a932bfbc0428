#include "plan/windows/extent.h"

#include <algorithm>
#include <variant>

#include "core/resampled_rows.h"

namespace rfmap::plan {
namespace {

int floor_div(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
int ceil_div(int a, int b) { return -floor_div(-a, b); }

Extent clip(const Extent& e, int size) { return {std::max(e.begin, 0), std::min(e.end, size)}; }

Extent forward(const AxisRule& rule, const Extent& changed, int out_size) {
  if (changed.size() == 0) return {};
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
    each_tap_of(taps, u, [&](int at, float) {
      if (at >= changed.begin && at < changed.end) reached = hull(reached, {u, u + 1});
    });
  return reached;
}

/// The taps of the positions `needed`.
Extent backward(const AxisTaps& taps, const Extent& needed) {
  if (!taps.index) return needed;
  Extent read;
  for (int u = needed.begin; u < needed.end; ++u)
    each_tap_of(taps, u, [&](int at, float) { read = hull(read, {at, at + 1}); });
  return read;
}

/// Cells of the operation that change if cells `changed` of an input do; none if it has no windows.
Extent forward(const Facts& facts, Axis axis, const Extent& changed) {
  const int out_size = along(axis, facts.shape);
  if (facts.gather) return forward(along(axis, *facts.gather).taps, changed, out_size);
  const std::optional<AxisRule> rule = axis_rule(facts, axis);
  return rule ? forward(*rule, changed, out_size) : Extent{};
}

/// Cells of an input that cells `needed` of the operation read; none if it has no windows.
Extent backward(const Facts& facts, Axis axis, const Extent& needed, int in_size) {
  if (facts.gather) return backward(along(axis, *facts.gather).taps, needed);
  const std::optional<AxisRule> rule = axis_rule(facts, axis);
  return rule ? backward(*rule, needed, in_size) : Extent{};
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

std::optional<AxisRule> axis_rule(const Facts& facts, Axis axis) {
  if (!facts.uniform) return std::nullopt;
  std::optional<AxisRule> rule;
  for (const InputReads& input : facts.inputs) {
    const auto* sliding = std::get_if<Sliding>(axis == Axis::y ? &input.y : &input.x);
    if (!sliding) return std::nullopt;
    const AxisRule own{sliding->reach(), sliding->stride, sliding->pad};
    if (rule && *rule != own) return std::nullopt;
    rule = own;
  }
  return rule ? rule : AxisRule{};
}

bool has_windows(const Facts& facts) {
  return facts.gather || (axis_rule(facts, Axis::y) && axis_rule(facts, Axis::x));
}

std::vector<bool> windowable_nodes(const Graph& graph) {
  std::vector<bool> windowable(graph.nodes.size());
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    const std::vector<int>& inputs = graph.nodes[i].inputs;
    windowable[i] = has_windows(facts_of(graph, graph.nodes[i])) &&
                    std::all_of(inputs.begin(), inputs.end(), [&](int n) { return windowable[n]; });
  }
  return windowable;
}

bool is_unary_pointwise(const WindowNet& net, int node) {
  const Facts& facts = net.facts[node];
  if (facts.inputs.size() != 1 || facts.macs > 0) return false;
  const Shape& in = net.graph.nodes[net.graph.nodes[node].inputs.front()].shape;
  if (in.h != facts.shape.h || in.w != facts.shape.w) return false;
  const auto y = axis_rule(facts, Axis::y), x = axis_rule(facts, Axis::x);
  return y && x && y->pointwise() && x->pointwise();
}

std::vector<Extent> changed_extents(const WindowNet& net, Axis axis, const Extent& changed) {
  const Graph& graph = net.graph;
  std::vector<Extent> extents(graph.nodes.size());
  extents[0] = clip(changed, along(axis, graph.input()));
  for (int i = 1; i < int(graph.nodes.size()); ++i)
    for (int input : graph.nodes[i].inputs)
      extents[i] = hull(extents[i], forward(net.facts[i], axis, extents[input]));
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
  for (int i = target; i > 0; --i)
    for (int input : graph.nodes[i].inputs)
      extents[input] = hull(extents[input], backward(net.facts[i], axis, extents[i],
                                                     along(axis, graph.nodes[input].shape)));
  for (int i = 1; i <= target; ++i)
    if (extents[i].size() > 0 && is_unary_pointwise(net, i))
      extents[i] = extents[graph.nodes[i].inputs.front()];
  return extents;
}

}  // namespace rfmap::plan
