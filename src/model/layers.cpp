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

#include "core/log.h"
#include "core/names.h"
#include "graph/boxes.h"
#include "model/names.h"
#include "model/paths.h"
#include "model/responses.h"
#include "model/unmeasured.h"

namespace rfmap {

using namespace core;

namespace {

using importing::UniqueNames;

/// Activations used after convolutions of which some forms are not imported.
bool is_activation(const std::string& operation) {
  static const std::set<std::string> names{"Clip",     "PRelu",     "Gelu",
                                           "FastGelu", "QuickGelu", "BiasGelu"};
  return names.contains(operation);
}

/// A layer that is left out, and the node for which it is.
struct LeftOut {
  std::string name;
  const Unsupported* lost;
};

std::string reason_of(const LeftOut& one, const std::vector<std::string>& names) {
  const Unsupported& lost = *one.lost;
  const std::string layers = importing::some_of(names);
  if (lost.operation == "Input" && names == std::vector{lost.node}) return layers + ": an input";
  return fmt::format("{}: it needs {}; {}", layers, importing::lost_text(lost),
                     importing::way_out(lost));
}

/// One warning for all: layers of the same unsupported node together.
void warn_of(const std::vector<LeftOut>& left_out) {
  std::string text;
  for (auto first = left_out.begin(); first != left_out.end();) {
    std::vector<std::string> names;
    auto end = first;
    for (; end != left_out.end() && end->lost == first->lost; ++end) names.push_back(end->name);
    text += (text.empty() ? "" : ". ") + reason_of(*first, names);
    first = end;
  }
  if (!text.empty()) log::warn("left out: {}.", text);
}

/// Finds nodes by user-given names.
class LayerFinder {
 public:
  LayerFinder(const Model& model, ReadAt at)
      : model_(model),
        before_activation_(at == ReadAt::before_activation),
        responses_(model.graph),
        modules_(importing::module_outputs(model.graph, responses_)) {
    const auto& nodes = model.graph.nodes;
    for (int i = 0; i < int(nodes.size()); ++i) {
      node_of_name_.emplace(nodes[i].name, i);
      if (!nodes[i].path.empty()) node_of_path_.emplace(nodes[i].path, i);
      if (!importing::is_linear(nodes[i].op)) continue;
      if (const auto activation = responses_.after_activation(i))
        linear_before_.emplace(*activation, i);
    }
    for (int i = 0; i < int(nodes.size()); ++i) {
      for (const std::string& name : nodes[i].tensors) value_of_name_.emplace(name, i);
      for (const std::string& name : nodes[i].aliases) value_of_name_.emplace(name, i);
      for (const MovedTensor& moved : nodes[i].moved) value_of_name_.emplace(moved.name, i);
    }
  }

  std::vector<Layer> every_node() const;
  std::vector<Layer> default_layers() const;
  std::vector<Layer> matching(const std::string& pattern) const;

 private:
  const Node& node(int i) const { return model_.graph.nodes[i]; }
  /// No layer: nothing changes it.
  bool is_constant(int i) const { return std::holds_alternative<Parameter>(node(i).op); }
  int response_of(int i) const;
  Layer layer_at(const std::string& name, int i) const { return {name, response_of(i), i}; }
  std::optional<Layer> exact(const std::string& name) const;
  std::vector<Layer> by_glob(const std::string& glob) const;
  const Unsupported* lost_activation(int i) const;
  const Unsupported* lost_in(const std::string& module) const;
  std::vector<const Unsupported*> lost_readers(int i) const;
  int find(const std::string& name) const;
  std::vector<std::string> layers_before(const Unsupported& lost) const;
  [[noreturn]] void fail_lost(const std::string& name, const Unsupported& lost) const;
  [[noreturn]] void fail_unknown(const std::string& name) const;

  const Model& model_;
  bool before_activation_;
  importing::Responses responses_;
  std::unordered_map<std::string, importing::ModuleOutput> modules_;
  std::unordered_map<std::string, int> node_of_name_, node_of_path_, value_of_name_;
  std::unordered_map<int, int> linear_before_;  ///< activation -> the node that it follows
};

/// The node of this name or alias, kNone if there is none.
int LayerFinder::find(const std::string& name) const {
  for (const auto* names : {&node_of_name_, &node_of_path_, &value_of_name_})
    if (const auto found = names->find(name); found != names->end()) return found->second;
  return kNone;
}

/// The deepest convolutions and poolings that a lost node depends on.
std::vector<std::string> LayerFinder::layers_before(const Unsupported& lost) const {
  std::vector<int> open;
  for (const std::string& name : lost.reads) open.push_back(find(name));
  std::set<int> seen, found;
  while (!open.empty()) {
    const int i = open.back();
    open.pop_back();
    if (i < 1 || !seen.insert(i).second) continue;
    if (importing::is_linear(node(i).op) || std::holds_alternative<Pool>(node(i).op))
      found.insert(i);
    else
      open.insert(open.end(), node(i).inputs.begin(), node(i).inputs.end());
  }
  std::vector<std::string> names;
  for (auto i = found.rbegin(); i != found.rend() && names.size() < 2; ++i)
    names.push_back(node(*i).shown());
  return names;
}

void LayerFinder::fail_lost(const std::string& name, const Unsupported& lost) const {
  const std::vector<std::string> before = layers_before(lost);
  const std::string deepest = before.empty()
                                  ? ""
                                  : fmt::format("; the deepest that can be measured before it: {}",
                                                importing::quoted_list(before, "and"));
  throw ModelError(fmt::format("Layer '{}' cannot be measured: it needs {}{}; {}.", name,
                               importing::lost_text(lost), deepest, importing::way_out(lost)));
}

void LayerFinder::fail_unknown(const std::string& name) const {
  std::vector<std::string> names;
  for (const Node& n : model_.graph.nodes)
    if (!n.path.empty()) names.push_back(n.path);
  for (const auto& [module, output] : std::map(modules_.begin(), modules_.end()))
    names.push_back(module);
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

/// The omitted activation that directly follows node `i` and is its only reader.
const Unsupported* LayerFinder::lost_activation(int i) const {
  if (before_activation_ || !importing::is_linear(node(i).op) || responses_.is_read(i))
    return nullptr;
  const std::vector<const Unsupported*> lost = lost_readers(i);
  return !lost.empty() && is_activation(lost[0]->operation) ? lost[0] : nullptr;
}

/// The first node that is lost in or below a module.
const Unsupported* LayerFinder::lost_in(const std::string& module) const {
  for (const Unsupported& lost : model_.unsupported)
    for (const std::string& name : lost.names)
      if (name == module || name.starts_with(module + ".")) return &lost;
  return nullptr;
}

/// The node at which the response of a layer named by its node is read.
int LayerFinder::response_of(int i) const {
  if (before_activation_ || !importing::is_linear(node(i).op)) return i;
  if (const Unsupported* lost = lost_activation(i))
    throw ModelError(fmt::format(
        "Layer '{}' is followed by the activation '{}' ({}), which is not supported: {}; "
        "--before-activation measures it without.",
        node(i).shown(), lost->node, lost->operation, lost->reason));
  return lost_readers(i).empty() ? responses_.after_activation(i).value_or(i) : i;
}

std::vector<Layer> LayerFinder::every_node() const {
  std::vector<LeftOut> left_out;
  for (const Unsupported& lost : model_.unsupported) {
    const std::string name = lost.names.empty() ? lost.node : lost.names.front();
    if (lost.is_read) fail_lost(name, lost);
    left_out.push_back({name, &lost});
  }
  warn_of(left_out);
  std::vector<Layer> layers;
  for (int i = 1; i < int(model_.graph.nodes.size()); ++i)
    if (!is_constant(i)) layers.push_back({node(i).shown(), i});
  return layers;
}

std::vector<Layer> LayerFinder::default_layers() const {
  std::vector<LeftOut> left_out;
  const graph::BoxSource boxes(model_.graph);
  const Size input{model_.graph.input().h, model_.graph.input().w};
  std::vector<Layer> layers;
  for (int i = 1; i < int(model_.graph.nodes.size()); ++i) {
    const NodeOperation& op = node(i).op;
    if (!std::holds_alternative<Conv>(op) && !std::holds_alternative<Pool>(op)) continue;
    const Size map{node(i).shape.h, node(i).shape.w};
    if (covers_input(graph::exact_field(boxes, i), map, input)) continue;
    if (const Unsupported* lost = lost_activation(i))
      left_out.push_back({node(i).shown(), lost});
    else
      layers.push_back(layer_at(node(i).shown(), i));
  }
  std::set<std::string> named;
  for (const Unsupported& lost : model_.unsupported)
    for (const std::string& name : lost.layers)
      if (named.insert(name).second) left_out.push_back({name, &lost});
  if (layers.empty() && !left_out.empty()) fail_lost(left_out[0].name, *left_out[0].lost);
  warn_of(left_out);
  return layers;
}

/// A node's name, a path, or a tensor's name.
std::optional<Layer> LayerFinder::exact(const std::string& name) const {
  if (const auto found = node_of_name_.find(name); found != node_of_name_.end())
    return layer_at(name, found->second);
  const auto module = modules_.find(name);
  const auto own = node_of_path_.find(name);
  if (own != node_of_path_.end() &&
      (module == modules_.end() || importing::is_linear(node(own->second).op)))
    return layer_at(name, own->second);
  if (module != modules_.end()) {
    if (const Unsupported* lost = lost_in(name)) fail_lost(name, *lost);
    const int last = module->second.owner == kNone ? module->second.last : module->second.owner;
    if (module->second.owner != kNone) return layer_at(name, last);
    const auto linear = linear_before_.find(last);
    return Layer{name, last, linear == linear_before_.end() ? kNone : linear->second};
  }
  if (const auto found = value_of_name_.find(name); found != value_of_name_.end())
    return Layer{name, found->second};
  return std::nullopt;
}

std::vector<Layer> LayerFinder::by_glob(const std::string& glob) const {
  std::vector<Layer> layers;
  for (int i = 1; i < int(model_.graph.nodes.size()); ++i)
    if (!is_constant(i) && (glob_match(glob, node(i).name) || glob_match(glob, node(i).path)))
      layers.push_back(layer_at(node(i).shown(), i));
  if (!layers.empty()) return layers;
  for (const auto& [module, output] : std::map(modules_.begin(), modules_.end()))
    if (glob_match(glob, module)) layers.push_back(*exact(module));
  if (!layers.empty()) return layers;
  for (const auto& [name, i] : std::map(value_of_name_.begin(), value_of_name_.end()))
    if (i > 0 && glob_match(glob, name)) layers.push_back({name, i});
  return layers;
}

std::vector<Layer> LayerFinder::matching(const std::string& pattern) const {
  if (const auto layer = exact(pattern)) {
    if (is_constant(layer->node))
      throw ConfigError("Layer '" + pattern +
                        "' is a constant of the network; no pixel changes it.");
    return {*layer};
  }
  const bool glob = is_glob(pattern);
  for (const Unsupported& lost : model_.unsupported)
    for (const std::string& name : lost.names)
      if (glob ? glob_match(pattern, name) : name == pattern) fail_lost(name, lost);
  if (!glob) fail_unknown(pattern);
  std::vector<Layer> layers = by_glob(pattern);
  if (layers.empty()) fail_unknown(pattern);
  return layers;
}

/// In graph order, one layer per node (the one named first), with distinct names.
std::vector<Layer> ordered(const std::vector<Layer>& layers) {
  std::map<int, Layer> by_node;
  for (const Layer& layer : layers) by_node.emplace(layer.node, layer);
  std::vector<Layer> result;
  UniqueNames names;
  for (const auto& [node, layer] : by_node)
    result.push_back({names.take(layer.name), node, layer.named});
  return result;
}

}  // namespace

std::vector<Layer> select_layers(const Model& model, const std::vector<std::string>& patterns,
                                 ReadAt at) {
  const LayerFinder finder(model, at);
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
