#include "plan/window_extent.h"

#include <algorithm>
#include <variant>

#include "core/overloaded.h"

namespace rfmap {
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

template <class Op>
AxisRule sliding(const Op& op, Axis axis) {
  const int kernel = along(axis, op.kernel), dilation = along(axis, op.dilation);
  return {dilation * (kernel - 1) + 1, along(axis, op.stride),
          axis == Axis::y ? op.pad.top : op.pad.left};
}

bool same_map(const Graph& graph, const Node& node) {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](int i) {
    const Shape& in = graph.nodes[i].shape;
    return in.h == node.shape.h && in.w == node.shape.w;
  });
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

std::optional<AxisRule> axis_rule(const Graph& graph, int index, Axis axis) {
  using Rule = std::optional<AxisRule>;
  const Node& node = graph.nodes[index];
  const int spatial = axis == Axis::y ? 1 : 2;
  const Rule cellwise = same_map(graph, node) ? Rule(AxisRule{}) : std::nullopt;
  return std::visit(
      Overloaded{
          [](const Input&) { return Rule(AxisRule{}); },
          [&](const Conv& op) { return Rule(sliding(op, axis)); },
          [&](const Pool& op) { return Rule(sliding(op, axis)); },
          [](const GlobalPool&) { return Rule(); },
          [](const Lrn&) { return Rule(AxisRule{}); },
          [&](const Affine& op) {
            return op.scale->size() <= std::size_t(node.shape.c) ? Rule(AxisRule{}) : Rule();
          },
          [](const Activation&) { return Rule(AxisRule{}); },
          [](const Softmax& op) { return op.axis == 0 && !op.all ? Rule(AxisRule{}) : Rule(); },
          [&](const Elementwise&) { return cellwise; },
          [&](const Concat& op) { return op.axis == 0 ? cellwise : Rule(); },
          [&](const Slice& op) {
            return Rule(AxisRule{1, 1, op.axis == spatial ? -op.begin : 0});
          },
          [&](const Pad& op) {
            return Rule(AxisRule{1, 1, axis == Axis::y ? op.margins.top : op.margins.left});
          },
          [](const Reshape&) { return Rule(); },
          [](const Transpose&) { return Rule(); },
          [](const ChannelShuffle&) { return Rule(AxisRule{}); },
          [](const FullyConnected&) { return Rule(); },
          [](const TheoryOnly&) { return Rule(); },
      },
      node.op);
}

std::vector<bool> windowable_nodes(const Graph& graph) {
  std::vector<bool> windowable(graph.nodes.size());
  for (int i = 0; i < int(graph.nodes.size()); ++i) {
    const std::vector<int>& inputs = graph.nodes[i].inputs;
    windowable[i] = axis_rule(graph, i, Axis::y) && axis_rule(graph, i, Axis::x) &&
                    std::all_of(inputs.begin(), inputs.end(), [&](int n) { return windowable[n]; });
  }
  return windowable;
}

bool is_unary_pointwise(const Graph& graph, int node) {
  const Operation& op = graph.nodes[node].op;
  return std::holds_alternative<Lrn>(op) || std::holds_alternative<Affine>(op) ||
         std::holds_alternative<Activation>(op) || std::holds_alternative<Softmax>(op) ||
         std::holds_alternative<ChannelShuffle>(op) ||
         (std::holds_alternative<Slice>(op) && std::get<Slice>(op).axis == 0);
}

std::vector<Extent> changed_extents(const Graph& graph, Axis axis, const Extent& changed) {
  std::vector<Extent> extents(graph.nodes.size());
  extents[0] = clip(changed, along(axis, graph.input()));
  for (int i = 1; i < int(graph.nodes.size()); ++i) {
    const std::optional<AxisRule> rule = axis_rule(graph, i, axis);
    if (!rule) continue;
    for (int input : graph.nodes[i].inputs)
      extents[i] =
          hull(extents[i], forward(*rule, extents[input], along(axis, graph.nodes[i].shape)));
  }
  return extents;
}

std::vector<Extent> cone_extents(const Graph& graph, int target, Axis axis, int position) {
  std::vector<Extent> extents(graph.nodes.size());
  extents[target] = {position, position + 1};
  for (int i = target; i > 0; --i) {
    const std::optional<AxisRule> rule = axis_rule(graph, i, axis);
    if (!rule) continue;
    for (int input : graph.nodes[i].inputs)
      extents[input] =
          hull(extents[input], backward(*rule, extents[i], along(axis, graph.nodes[input].shape)));
  }
  for (int i = 1; i <= target; ++i)
    if (extents[i].size() > 0 && is_unary_pointwise(graph, i))
      extents[i] = extents[graph.nodes[i].inputs.front()];
  return extents;
}

}  // namespace rfmap
