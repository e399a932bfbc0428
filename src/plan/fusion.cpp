#include "plan/fusion.h"

namespace rfmap::plan {
namespace {

template <class Op>
const Op* as(const Graph& graph, int node) {
  return std::get_if<Op>(&graph.nodes[node].op);
}

/// Nodes whose value only one other node needs, so that it need not be stored.
std::vector<bool> inner_values(const Graph& graph, const std::vector<int>& kept) {
  std::vector<int> readers(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes)
    for (int input : node.inputs) ++readers[input];
  std::vector<bool> inner(graph.nodes.size());
  for (std::size_t i = 0; i < inner.size(); ++i) inner[i] = readers[i] == 1;
  for (int node : kept) inner[node] = false;
  return inner;
}

/// The later convolution of a plain sum of two that may take the other as its residual, or none.
int residual_host(const Graph& graph, int sum, const std::vector<bool>& inner) {
  const auto* op = as<Elementwise>(graph, sum);
  if (!op || op->kind != Elementwise::Kind::sum) return kNone;
  const std::vector<int>& in = graph.nodes[sum].inputs;
  if (in.size() != 2 || graph.nodes[in[0]].shape != graph.nodes[in[1]].shape) return kNone;
  int host = kNone;
  for (int input : in)
    if (as<Conv>(graph, input) && inner[input] && input > host) host = input;
  return host;
}

Fused with_residual(const Graph& graph, int node, const std::vector<bool>& inner) {
  const int host = residual_host(graph, node, inner);
  if (host < 0) return {node, kNone, kNone, node};
  const std::vector<int>& in = graph.nodes[node].inputs;
  return {host, in[0] == host ? in[1] : in[0], kNone, node};
}

/// The step that ends in `node`.
Fused group(const Graph& graph, int node, const std::vector<bool>& inner) {
  if (!as<Activation>(graph, node)) return with_residual(graph, node, inner);
  const int raw = graph.nodes[node].inputs.front();
  if (!inner[raw] || as<Activation>(graph, raw) || as<Input>(graph, raw))
    return {node, kNone, kNone, node};
  Fused fused = with_residual(graph, raw, inner);
  fused.activation = fused.result = node;
  return fused;
}

}  // namespace

std::vector<Fused> fuse(const Graph& graph, const std::vector<int>& kept) {
  const std::vector<bool> inner = inner_values(graph, kept);
  std::vector<bool> done(graph.nodes.size(), false);
  std::vector<Fused> steps;
  // From the end, so that a group's last node claims the others before they are visited.
  for (int node = int(graph.nodes.size()) - 1; node >= 0; --node) {
    if (done[node] || as<Input>(graph, node)) continue;
    const Fused fused = group(graph, node, inner);
    done[fused.operation] = true;
    // The sum between a convolution and its activation.
    if (fused.activation >= 0) done[graph.nodes[fused.activation].inputs.front()] = true;
    steps.push_back(fused);
  }
  return {steps.rbegin(), steps.rend()};
}

Compute compute_of(const Graph& graph, const Fused& fused) {
  Compute compute{computed(graph.nodes[fused.operation].op), fused.residual >= 0, {}};
  if (fused.activation >= 0)
    compute.activation = std::get<Activation>(graph.nodes[fused.activation].op);
  return compute;
}

}  // namespace rfmap::plan
