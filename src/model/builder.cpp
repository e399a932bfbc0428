#include "model/builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace rfmap::importing {
namespace {

/// Extents of a result of `shape` in the given rank.
Dims dims_of(const Shape& shape, std::int64_t batch, std::size_t rank) {
  Dims dims{batch, shape.c, shape.h, shape.w};
  for (std::size_t axis = rank; axis < dims.size(); ++axis)
    if (dims[axis] != 1) throw Refusal("its result does not fit into its input's rank");
  dims.resize(rank);
  return dims;
}

}  // namespace

Shape map_shape(const Dims& dims) {
  if (dims.size() < 2 || dims.size() > 4)
    throw Refusal(
        fmt::format("a tensor of rank {} is not supported (2, 3 and 4 are)", dims.size()));
  const auto extent = [&](std::size_t axis) {
    return axis < dims.size() ? to_int(dims[axis], "a side") : 1;
  };
  return {extent(1), extent(2), extent(3)};
}

void expect_map(const Value& value) {
  if (value.dims.size() != 4)
    throw Refusal(
        "it is supported in two dimensions only (rank 4, N x C x H x W), and its input "
        "has rank " +
        std::to_string(value.dims.size()));
}

int Builder::append(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
                    const Shape& wanted) {
  std::vector<int> nodes;
  std::vector<Shape> shapes;
  for (const Value& input : inputs) {
    nodes.push_back(input.node);
    shapes.push_back(graph_.nodes[input.node].shape);
  }
  const Shape shape = output_shape(label.name, op, shapes, wanted);
  graph_.nodes.push_back(
      {names_.take(label.name), label.tensors, {}, std::move(op), std::move(nodes), shape});
  return int(graph_.nodes.size()) - 1;
}

Value Builder::add(const Label& label, NodeOperation op, const std::vector<Value>& inputs) {
  for (const Value& input : inputs) map_shape(input.dims);
  const int node = append(label, std::move(op), inputs, {});
  const Dims& first = inputs.front().dims;
  return {node, dims_of(graph_.nodes[node].shape, first[0], first.size())};
}

Value Builder::add_shaped(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
                          const Dims& dims) {
  return {append(label, std::move(op), inputs, map_shape(dims)), dims};
}

void Builder::place(std::size_t from, const std::string& module, const std::string& path) {
  for (std::size_t i = from; i < graph_.nodes.size(); ++i) {
    graph_.nodes[i].module = module;
    graph_.nodes[i].path = path;
  }
}

void Builder::roll_back(std::size_t size) {
  for (std::size_t i = size; i < graph_.nodes.size(); ++i) names_.release(graph_.nodes[i].name);
  graph_.nodes.resize(size);
  aliases_.clear();
}

void Builder::commit() {
  const auto add_new = [](std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  for (const auto& [index, label] : aliases_) {
    Node& node = graph_.nodes[index];
    if (!label.name.empty() && label.name != node.name) add_new(node.aliases, label.name);
    for (const std::string& tensor : label.tensors) add_new(node.tensors, tensor);
  }
  aliases_.clear();
}

}  // namespace rfmap::importing
