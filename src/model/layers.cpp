#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/field.h"
#include "rfmap/model.h"

#include "core/names.h"
#include "model/names.h"

namespace rfmap {
namespace {

using importing::UniqueNames;

bool is_linear(const NodeOperation& op) {
  return std::holds_alternative<Conv>(op) || std::holds_alternative<FullyConnected>(op);
}

/// Activations used after convolutions that are not imported (yet).
bool is_activation(const std::string& operation) {
  static const std::set<std::string> names{
      "Elu",       "ELU",      "Selu",  "Celu",     "Gelu",   "HardSigmoid",     "Mish",
      "Softplus",  "Softsign", "Swish", "BNLL",     "AbsVal", "ThresholdedRelu", "Exp",
      "Threshold", "Erf",      "Abs",   "QuickGelu"};
  return names.contains(operation);
}

/// Finds nodes by user-given names.
class LayerFinder {
 public:
  LayerFinder(const Model& model, bool before_activation)
      : model_(model), before_activation_(before_activation) {
    const auto& nodes = model.graph.nodes;
    readers_.resize(nodes.size());
    for (int i = 0; i < int(nodes.size()); ++i)
      for (const int input : nodes[i].inputs) readers_[input].push_back(i);
    for (int i = 0; i < int(nodes.size()); ++i) node_of_name_.emplace(nodes[i].name, i);
    for (int i = 0; i < int(nodes.size()); ++i) {
      for (const std::string& name : nodes[i].tensors) value_of_name_.emplace(name, i);
      for (const std::string& name : nodes[i].aliases) value_of_name_.emplace(name, i);
    }
  }

  std::vector<Layer> every_node() const;
  std::vector<Layer> default_layers() const;
  std::vector<Layer> matching(const std::string& pattern) const;

 private:
  const Node& node(int i) const { return model_.graph.nodes[i]; }
  int response_of(int i) const;
  std::optional<int> after_activation(int i) const;
  bool is_sigmoid_gate(int i, int sigmoid, int product) const;
  std::vector<const Unsupported*> lost_readers(int i) const;
  [[noreturn]] void fail_lost(const std::string& name, const Unsupported& lost) const;
  [[noreturn]] void fail_unknown(const std::string& name) const;

  const Model& model_;
  bool before_activation_;
  std::vector<std::vector<int>> readers_;
  std::unordered_map<std::string, int> node_of_name_, value_of_name_;
};

void LayerFinder::fail_lost(const std::string& name, const Unsupported& lost) const {
  throw ModelError(fmt::format(
      "{} cannot be measured: it needs node '{}' ({}), which is not supported: {}; asking with "
      "--layers for layers that do not need it would help.",
      name.empty() ? "A layer" : "Layer '" + name + "'", lost.node, lost.operation, lost.reason));
}

void LayerFinder::fail_unknown(const std::string& name) const {
  std::vector<std::string> names;
  for (const Node& n : model_.graph.nodes) {
    names.push_back(n.name);
    names.insert(names.end(), n.aliases.begin(), n.aliases.end());
    names.insert(names.end(), n.tensors.begin(), n.tensors.end());
  }
  throw ConfigError("The network has no layer '" + name + "'; the nearest names are " +
                    importing::quoted_list(nearest_names(name, names, 3), "and") + ".");
}

/// Omitted nodes that read this one.
std::vector<const Unsupported*> LayerFinder::lost_readers(int i) const {
  std::set<std::string> names(node(i).aliases.begin(), node(i).aliases.end());
  names.insert(node(i).name);
  std::vector<const Unsupported*> readers;
  for (const Unsupported& lost : model_.unsupported)
    if (std::any_of(lost.reads.begin(), lost.reads.end(),
                    [&](const std::string& name) { return names.contains(name); }))
      readers.push_back(&lost);
  return readers;
}

/// x * sigmoid(x), written as two nodes.
bool LayerFinder::is_sigmoid_gate(int i, int sigmoid, int product) const {
  const auto* activation = std::get_if<Activation>(&node(sigmoid).op);
  const auto* gate = std::get_if<Elementwise>(&node(product).op);
  return activation && activation->kind == Activation::Kind::sigmoid && gate &&
         gate->kind == Elementwise::Kind::product && node(product).inputs.size() == 2 &&
         readers_[sigmoid] == std::vector<int>{product} &&
         std::set<int>(node(product).inputs.begin(), node(product).inputs.end()) ==
             std::set<int>{i, sigmoid};
}

/// The node of the activation that directly follows node `i` and is its only reader.
std::optional<int> LayerFinder::after_activation(int i) const {
  const std::vector<int>& readers = readers_[i];
  if (readers.size() == 1 && std::holds_alternative<Activation>(node(readers[0]).op))
    return readers[0];
  if (readers.size() == 2 && is_sigmoid_gate(i, readers[0], readers[1])) return readers[1];
  if (readers.size() == 2 && is_sigmoid_gate(i, readers[1], readers[0])) return readers[0];
  return std::nullopt;
}

/// The node at which the response of a layer named by its node is read.
int LayerFinder::response_of(int i) const {
  if (before_activation_ || !is_linear(node(i).op)) return i;
  const std::vector<const Unsupported*> lost = lost_readers(i);
  if (lost.empty()) return after_activation(i).value_or(i);
  if (readers_[i].empty() && is_activation(lost[0]->operation))
    throw ModelError(fmt::format(
        "Layer '{}' is followed by the activation '{}' ({}), which is not supported: {}; "
        "--before-activation measures it without.",
        node(i).name, lost[0]->node, lost[0]->operation, lost[0]->reason));
  return i;
}

std::vector<Layer> LayerFinder::every_node() const {
  if (!model_.unsupported.empty()) {
    const Unsupported& lost = model_.unsupported.front();
    fail_lost(lost.names.empty() ? lost.node : lost.names.front(), lost);
  }
  std::vector<Layer> layers;
  for (int i = 1; i < int(model_.graph.nodes.size()); ++i) layers.push_back({node(i).name, i});
  return layers;
}

std::vector<Layer> LayerFinder::default_layers() const {
  for (const Unsupported& lost : model_.unsupported)
    if (!lost.layers.empty()) fail_lost(lost.layers.front(), lost);
  const std::vector<Field> fields = theoretical_fields(model_.graph);
  const Size input{model_.graph.input().h, model_.graph.input().w};
  std::vector<Layer> layers;
  for (int i = 1; i < int(model_.graph.nodes.size()); ++i) {
    const NodeOperation& op = node(i).op;
    if (!std::holds_alternative<Conv>(op) && !std::holds_alternative<Pool>(op)) continue;
    const Size map{node(i).shape.h, node(i).shape.w};
    if (!covers_input(fields[i], map, input)) layers.push_back({node(i).name, response_of(i)});
  }
  return layers;
}

std::vector<Layer> LayerFinder::matching(const std::string& pattern) const {
  if (const auto found = node_of_name_.find(pattern); found != node_of_name_.end())
    return {{pattern, response_of(found->second)}};
  if (const auto found = value_of_name_.find(pattern); found != value_of_name_.end())
    return {{pattern, found->second}};
  const bool glob = is_glob(pattern);
  const auto matches = [&](const std::string& name) {
    return glob ? glob_match(pattern, name) : name == pattern;
  };
  for (const Unsupported& lost : model_.unsupported)
    for (const std::string& name : lost.names)
      if (matches(name)) fail_lost(name, lost);
  std::vector<Layer> layers;
  if (!glob) fail_unknown(pattern);
  for (int i = 1; i < int(model_.graph.nodes.size()); ++i)
    if (matches(node(i).name)) layers.push_back({node(i).name, response_of(i)});
  if (!layers.empty()) return layers;
  for (const auto& [name, i] : std::map(value_of_name_.begin(), value_of_name_.end()))
    if (i > 0 && matches(name)) layers.push_back({name, i});
  if (layers.empty()) fail_unknown(pattern);
  return layers;
}

/// In graph order, one layer per node (the one named first), with distinct names.
std::vector<Layer> ordered(const std::vector<Layer>& layers) {
  std::map<int, std::string> by_node;
  for (const Layer& layer : layers) by_node.emplace(layer.node, layer.name);
  std::vector<Layer> result;
  UniqueNames names;
  for (const auto& [node, name] : by_node) result.push_back({names.take(name), node});
  return result;
}

}  // namespace

std::vector<Layer> select_layers(const Model& model, const std::vector<std::string>& patterns,
                                 bool before_activation) {
  const LayerFinder finder(model, before_activation);
  std::vector<Layer> layers;
  if (patterns.empty()) layers = finder.default_layers();
  for (const std::string& pattern : patterns)
    for (Layer& layer : pattern == "all" ? finder.every_node() : finder.matching(pattern))
      layers.push_back(std::move(layer));
  if (layers.empty())
    throw ConfigError(
        "The network has no convolution or pooling whose field is smaller than the "
        "input; --layers names others, 'all' takes every one.");
  return ordered(layers);
}

}  // namespace rfmap
