#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "rfmap/graph.h"

namespace rfmap::test {

/// Square window: side, stride, padding on every side, dilation.
struct Window {
  int side = 1, stride = 1, pad = 0, dilation = 1;
};

/// Builds graphs by hand; shapes come from the shape rule. Convolutions have no weights.
struct GraphBuilder {
  Graph graph;

  explicit GraphBuilder(Shape input) { add("data", Input{}, {}, input); }

  int add(const std::string& name, NodeOperation op, std::vector<int> inputs, Shape wanted = {}) {
    std::vector<Shape> shapes;
    for (int i : inputs) shapes.push_back(graph.nodes[i].shape);
    Node node;
    node.name = name;
    node.tensors = {name + ":0"};
    node.shape = output_shape(name, op, shapes, wanted);
    node.op = std::move(op);
    node.inputs = std::move(inputs);
    graph.nodes.push_back(std::move(node));
    return int(graph.nodes.size()) - 1;
  }
  const Shape& shape(int node) const { return graph.nodes[node].shape; }
  int find(const std::string& name) const {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      if (graph.nodes[i].name == name) return int(i);
    return -1;
  }

  int conv(const std::string& name, int in, Window w, int channels, int groups = 1) {
    Conv op;
    fill(op, w);
    op.groups = groups;
    op.out_channels = channels;
    return add(name, op, {in});
  }
  int pool(const std::string& name, int in, Window w, bool ceil_mode = false) {
    Pool op;
    fill(op, w);
    op.ceil_mode = ceil_mode;
    return add(name, op, {in});
  }
  int relu(const std::string& name, int in) { return add(name, Activation{}, {in}); }
  int sum(const std::string& name, std::vector<int> in) {
    return add(name, Elementwise{}, std::move(in));
  }
  int concat(const std::string& name, std::vector<int> in, int axis = 0) {
    return add(name, Concat{axis}, std::move(in));
  }

  /// Padding of TensorFlow's SAME: the smaller half at the start.
  Margins same(int in, Size kernel, int stride) const {
    const auto total = [&](int n, int k) {
      return std::max(((n + stride - 1) / stride - 1) * stride + k - n, 0);
    };
    const int h = total(shape(in).h, kernel.h), w = total(shape(in).w, kernel.w);
    return {h / 2, w / 2, h - h / 2, w - w / 2};
  }
  int conv_same(const std::string& name, int in, Size kernel, int stride = 1, int channels = 8) {
    Conv op;
    op.kernel = kernel;
    op.stride = {stride, stride};
    op.pad = same(in, kernel, stride);
    op.out_channels = channels;
    return add(name, op, {in});
  }

 private:
  template <class Op>
  static void fill(Op& op, Window w) {
    op.kernel = {w.side, w.side};
    op.stride = {w.stride, w.stride};
    op.dilation = {w.dilation, w.dilation};
    op.pad = {w.pad, w.pad, w.pad, w.pad};
  }
};

}  // namespace rfmap::test
