#include <cstddef>

#include <fmt/format.h>

#include "model/onnx/constants.h"
#include "model/onnx/quantised.h"

// Convolutions and matrix products of quantised numbers.
namespace rfmap::importing {

void Quantised::convolve(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  const Steps of_input = steps(node, 1, 2);
  const Constant scale = known(node, 4);
  std::vector<std::string> inputs{activation(node, 0), weights(node, 3, scale, 5, 0)};
  if (has_input(node, 8)) inputs.push_back(shift(node, 8, scale, of_input.scale));
  finish(node, graph, append_like(graph, node, "Conv", inputs, node.output(0)), 6);
}

void Quantised::multiply(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  const bool is_constant = import_.is_constant(required_input(node, 3));
  const std::string right =
      is_constant ? weights(node, 3, known(node, 4), 5, -1) : activation(node, 3);
  finish(node, graph,
         append_like(graph, node, "MatMul", {activation(node, 0), right}, node.output(0)), 6);
}

/// Inputs: A and B with scale and zero point, C in steps of alpha * the product of the scales.
void Quantised::multiply_gemm(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  const Constant scale = known(node, 4);
  onnx::NodeProto copy = node;
  const bool is_transposed = take_attribute(copy, "transB", 0) != 0;
  double alpha = 1;
  for (const auto& attribute : node.attribute())
    if (attribute.name() == "alpha") alpha = attribute.f();
  std::vector<std::string> inputs{activation(node, 0),
                                  weights(node, 3, scale, 5, is_transposed ? 0 : 1)};
  if (has_input(node, 6)) inputs.push_back(shift(node, 6, scale, steps(node, 1, 2).scale * alpha));
  onnx::NodeProto& op = append_like(graph, node, "Gemm", inputs, node.output(0));
  if (has_input(node, 7)) finish(node, graph, op, 7);
}

/// The numbers of `tensor` have to be the real values themselves, and its zero point 0.
void Quantised::expect_plain(const onnx::NodeProto& node, const std::string& tensor, int zero) {
  const auto made = steps_.find(tensor);
  const auto offset = optional_constant(node, zero);
  bool is_plain = made != steps_.end() && made->second == Steps{};
  for (std::size_t i = 0; offset && i < offset->size(); ++i)
    is_plain = is_plain && offset->at(i) == 0;
  if (!is_plain) throw Refusal("its input '" + tensor + "' was not made by DynamicQuantizeLinear");
}

void Quantised::convolve_integers(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  expect_plain(node, required_input(node, 0), 2);
  const auto zero = optional_constant(node, 3);
  const Dims dims = zero ? zero->dims : Dims{};
  const Constant ones = make_constant(dims, std::vector<float>(std::size_t(volume(dims)), 1));
  steps_[node.output(0)] = {};
  append_like(graph, node, "Conv", {node.input(0), weights(node, 1, ones, 3, 0)}, node.output(0));
}

void Quantised::multiply_integers(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  expect_plain(node, required_input(node, 0), 2);
  std::string right = required_input(node, 1);
  if (import_.is_constant(right)) {
    const auto zero = optional_constant(node, 3);
    const Dims dims = zero ? zero->dims : Dims{};
    const Constant ones = make_constant(dims, std::vector<float>(std::size_t(volume(dims)), 1));
    right = weights(node, 1, ones, 3, -1);
  } else {
    expect_plain(node, right, 3);
  }
  steps_[node.output(0)] = {};
  append_like(graph, node, "MatMul", {node.input(0), right}, node.output(0));
}

/// The product of the first input and `right`; `bias`: index of the input that is added, if any.
void Quantised::multiply_with_bias(const onnx::NodeProto& node, onnx::GraphProto& graph,
                                   const std::string& right, int bias) {
  const bool is_biased = has_input(node, bias);
  const std::string product =
      is_biased ? names_.fresh(node.output(0) + "/product") : node.output(0);
  append_like(graph, node, "MatMul", {required_input(node, 0), right}, product);
  if (is_biased)
    append_node(graph, "Add", node_name(node) + "/bias", {product, node.input(bias)},
                node.output(0));
}

/// Inputs: A, B, their scales, their zero points, bias.
void Quantised::multiply_to_float(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  const std::string& left = required_input(node, 0);
  const auto made = steps_.find(left);
  if (made == steps_.end() || made->second != steps(node, 2, 4))
    throw Refusal("it reads '" + left + "' with another scale or zero point than it was made with");
  multiply_with_bias(node, graph, weights(node, 1, known(node, 3), 5, -1), 6);
}

/// Inputs: A in float, B, its scale, its zero point, bias.
void Quantised::multiply_dynamically(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  multiply_with_bias(node, graph, weights(node, 1, known(node, 2), 3, -1), 4);
}

}  // namespace rfmap::importing
