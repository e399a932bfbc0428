#include "model/onnx/fragment.h"

#include <queue>
#include <utility>

#include <fmt/format.h>

#include "model/constant.h"

namespace rfmap::importing {
namespace {

template <class Function>
void for_each_inner_graph(const onnx::NodeProto& node, Function function) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) function(attribute.g());
    for (const auto& inner : attribute.graphs()) function(inner);
  }
}

/// Names that a graph itself gives to tensors.
std::unordered_set<std::string> made_inside(const onnx::GraphProto& graph) {
  std::unordered_set<std::string> made{""};
  for (const auto& input : graph.input()) made.insert(input.name());
  for (const auto& tensor : graph.initializer()) made.insert(tensor.name());
  for (const auto& node : graph.node()) made.insert(node.output().begin(), node.output().end());
  return made;
}

/// Tensors from outside that the inner graph reads.
void collect_captured(const onnx::GraphProto& graph, std::vector<std::string>& captured) {
  const auto made = made_inside(graph);
  const auto add = [&](const std::string& tensor) {
    if (!made.contains(tensor)) captured.push_back(tensor);
  };
  for (const auto& node : graph.node())
    for (const std::string& tensor : read_tensors(node)) add(tensor);
  for (const auto& output : graph.output()) add(output.name());
}

void rename(std::string& tensor, const Renaming& names) {
  if (const auto found = names.find(tensor); found != names.end()) tensor = found->second;
}

/// Only what the inner graph reads from outside; its own names stay.
void rename_captured(onnx::GraphProto& inner, const Renaming& names) {
  Renaming seen = names;
  for (const std::string& own : made_inside(inner)) seen.erase(own);
  rename_tensors(inner, seen);
  for (auto& output : *inner.mutable_output()) rename(*output.mutable_name(), seen);
}

}  // namespace

std::string node_name(const onnx::NodeProto& node) {
  if (!node.name().empty()) return node.name();
  for (const std::string& output : node.output())
    if (!output.empty()) return output;
  return node.op_type();
}

std::vector<std::string> read_tensors(const onnx::NodeProto& node) {
  std::vector<std::string> read(node.input().begin(), node.input().end());
  for_each_inner_graph(node, [&](const onnx::GraphProto& inner) { collect_captured(inner, read); });
  return read;
}

void rename_tensors(onnx::GraphProto& graph, const Renaming& names) {
  for (auto& node : *graph.mutable_node()) {
    for (std::string& tensor : *node.mutable_input()) rename(tensor, names);
    for (std::string& tensor : *node.mutable_output()) rename(tensor, names);
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) rename_captured(*attribute.mutable_g(), names);
      for (auto& inner : *attribute.mutable_graphs()) rename_captured(inner, names);
    }
  }
}

TensorNames::TensorNames(const onnx::GraphProto& graph) {
  for (const std::string& name : made_inside(graph)) names_.take(name);
}

onnx::GraphProto TensorNames::copy(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes,
                                   const std::string& prefix, Renaming& names) {
  const auto below = [&](const std::string& name) {
    return prefix.empty() ? name : prefix + "/" + name;
  };
  onnx::GraphProto graph;
  for (const auto& node : nodes) {
    onnx::NodeProto& own = *graph.add_node();
    own = node;
    if (!node.name().empty()) own.set_name(below(node.name()));
    for (const std::string& output : node.output())
      if (!output.empty()) names[output] = fresh(below(output));
  }
  rename_tensors(graph, names);
  return graph;
}

onnx::GraphProto TensorNames::take_initializers(onnx::GraphProto& inner, const std::string& prefix,
                                                Renaming& names) {
  onnx::GraphProto graph;
  graph.mutable_initializer()->Swap(inner.mutable_initializer());
  for (auto& tensor : *graph.mutable_initializer()) {
    std::string& name = names[tensor.name()];
    name = fresh(prefix.empty() ? tensor.name() : prefix + "/" + tensor.name());
    tensor.set_name(name);
  }
  return graph;
}

void append_identity(onnx::GraphProto& graph, const std::string& name, const std::string& from,
                     const std::string& to) {
  append_node(graph, "Identity", name, {from}, to);
}

onnx::NodeProto& append_node(onnx::GraphProto& graph, const std::string& operation,
                             const std::string& name, const std::vector<std::string>& inputs,
                             const std::string& output) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type(operation);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

bool has_input(const onnx::NodeProto& node, int i) {
  return i < node.input_size() && !node.input(i).empty();
}

const std::string& required_input(const onnx::NodeProto& node, int i) {
  if (has_input(node, i)) return node.input(i);
  throw Refusal(fmt::format("its input {} is missing", i));
}

std::int64_t take_attribute(onnx::NodeProto& node, const std::string& name,
                            std::int64_t otherwise) {
  auto& attributes = *node.mutable_attribute();
  for (int i = 0; i < attributes.size(); ++i) {
    if (attributes[i].name() != name) continue;
    const std::int64_t value = attributes[i].i();
    attributes.DeleteSubrange(i, 1);
    return value;
  }
  return otherwise;
}

onnx::NodeProto& append_like(onnx::GraphProto& graph, const onnx::NodeProto& node,
                             const std::string& operation, const std::vector<std::string>& inputs,
                             const std::string& output) {
  onnx::NodeProto& own = *graph.add_node();
  own = node;
  own.set_name(node_name(node));
  own.clear_domain();
  own.set_op_type(operation);
  own.clear_input();
  own.clear_output();
  for (const std::string& input : inputs) own.add_input(input);
  own.add_output(output);
  return own;
}

void add_int(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void add_ints(onnx::NodeProto& node, const std::string& name,
              const std::vector<std::int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

std::vector<int> topological_order(const onnx::GraphProto& graph,
                                   const std::function<bool(const std::string&)>& is_known) {
  std::unordered_map<std::string, int> producer;
  for (int i = 0; i < graph.node_size(); ++i)
    for (const std::string& output : graph.node(i).output())
      if (!output.empty()) producer[output] = i;
  std::vector<std::vector<int>> readers(graph.node_size());
  std::vector<int> waits(graph.node_size(), 0), order;
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& input : read_tensors(graph.node(i))) {
      const auto found = producer.find(input);
      if (found != producer.end()) {
        readers[found->second].push_back(i);
        ++waits[i];
      } else if (!input.empty() && !is_known(input)) {
        throw Damaged("node '" + node_name(graph.node(i)) + "' reads tensor '" + input +
                      "', which nothing makes");
      }
    }
    if (waits[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const int i = ready.top();
    ready.pop();
    order.push_back(i);
    for (const int reader : readers[i])
      if (--waits[reader] == 0) ready.push(reader);
  }
  if (int(order.size()) != graph.node_size()) throw Damaged("the graph has a cycle");
  return order;
}

}  // namespace rfmap::importing
