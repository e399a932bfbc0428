#include "model/responses.h"

#include <set>
#include <variant>

namespace rfmap::importing {

bool is_linear(const NodeOperation& op) {
  return std::holds_alternative<Conv>(op) || std::holds_alternative<FullyConnected>(op);
}

Responses::Responses(const Graph& graph) : graph_(graph), readers_(graph.nodes.size()) {
  for (int i = 0; i < int(graph.nodes.size()); ++i)
    for (const int input : graph.nodes[i].inputs) readers_[input].push_back(i);
}

/// x * sigmoid(x), written as two nodes.
bool Responses::is_sigmoid_gate(int i, int sigmoid, int product) const {
  const Node& end = graph_.nodes[product];
  const auto* activation = std::get_if<Activation>(&graph_.nodes[sigmoid].op);
  const auto* gate = std::get_if<Elementwise>(&end.op);
  return activation && activation->kind == Activation::Kind::sigmoid && gate &&
         gate->kind == Elementwise::Kind::product && end.inputs.size() == 2 &&
         readers_[sigmoid] == std::vector<int>{product} &&
         std::set<int>(end.inputs.begin(), end.inputs.end()) == std::set<int>{i, sigmoid};
}

std::optional<int> Responses::after_activation(int i) const {
  const std::vector<int>& readers = readers_[i];
  if (readers.size() == 1 && std::holds_alternative<Activation>(graph_.nodes[readers[0]].op))
    return readers[0];
  if (readers.size() == 2 && is_sigmoid_gate(i, readers[0], readers[1])) return readers[1];
  if (readers.size() == 2 && is_sigmoid_gate(i, readers[1], readers[0])) return readers[0];
  return std::nullopt;
}

}  // namespace rfmap::importing
