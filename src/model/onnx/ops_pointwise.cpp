#include <cmath>
#include <limits>
#include <utility>

#include "model/onnx/pointwise.h"

// Activations and other functions of one number.
namespace rfmap::importing {
namespace {

/// A function without further inputs, and the attributes that are its parameters.
struct NumberFunction {
  Activation::Kind kind = Activation::Kind::relu;
  const char* alpha = nullptr;
  float alpha_default = 0;
  const char* beta = nullptr;
  float beta_default = 0;
};

const std::unordered_map<std::string, NumberFunction>& functions() {
  using Kind = Activation::Kind;
  static const std::unordered_map<std::string, NumberFunction> table{
      {"Relu", {Kind::relu}},
      {"LeakyRelu", {Kind::leaky_relu, "alpha", 0.01f}},
      {"Sigmoid", {Kind::sigmoid}},
      {"Tanh", {Kind::tanh}},
      {"HardSwish", {Kind::hard_swish}},
      {"HardSigmoid", {Kind::hard_sigmoid, "alpha", 0.2f, "beta", 0.5f}},
      {"Erf", {Kind::erf}},
      {"Swish", {Kind::swish, "alpha", 1}},
      {"Mish", {Kind::mish}},
      {"Elu", {Kind::elu, "alpha", 1}},
      {"Selu",
       {Kind::selu, "alpha", 1.67326319217681884765625f, "gamma", 1.05070102214813232421875f}},
      {"Celu", {Kind::celu, "alpha", 1}},
      {"Softplus", {Kind::softplus}},
      {"Softsign", {Kind::softsign}},
      {"Exp", {Kind::exponential}},
      {"Log", {Kind::logarithm}},
      {"Sqrt", {Kind::square_root}},
      {"Reciprocal", {Kind::reciprocal}},
      {"Abs", {Kind::absolute}},
      {"Sign", {Kind::sign}},
      {"Sin", {Kind::sine}},
      {"Cos", {Kind::cosine}},
      {"Floor", {Kind::floor}},
      {"Ceil", {Kind::ceiling}},
      {"Round", {Kind::round}},
      {"ThresholdedRelu", {Kind::thresholded_relu, "alpha", 1}},
      {"Shrink", {Kind::shrink, "lambd", 0.5f, "bias", 0}},
      {"Not", {Kind::logical_not}},
  };
  return table;
}

Value add_activation(OnnxImport& in, OnnxNode& node, Activation op) {
  return in.builder.add(node.label(), std::move(op), {in.input(node, 0)});
}

Value import_function(OnnxImport& in, OnnxNode& node) {
  const NumberFunction& function = functions().at(node.operation);
  Activation op{function.kind};
  if (function.alpha) op.alpha = node.attributes.take_float(function.alpha, function.alpha_default);
  if (function.beta) op.beta = node.attributes.take_float(function.beta, function.beta_default);
  if (op.kind == Activation::Kind::celu && op.alpha == 0) throw Damaged("its alpha is 0");
  return add_activation(in, node, op);
}

Value import_gelu(OnnxImport& in, OnnxNode& node) {
  const std::string form = node.attributes.take_string("approximate", "none");
  if (form != "none" && form != "tanh")
    throw Refusal("the approximation '" + form + "' is not known");
  return add_activation(in, node,
                        {form == "tanh" ? Activation::Kind::gelu_tanh : Activation::Kind::gelu});
}

Value import_prelu(OnnxImport& in, OnnxNode& node) {
  const auto slope = in.constant_input(node, 1);
  if (!slope) throw Refusal("its slope is missing");
  Floats values = slope->size() == 1 ? as_floats(*slope)
                                     : spread_per_channel(in.builder, *slope, in.input(node, 0));
  return add_activation(in, node, {Activation::Kind::prelu, 0, 0, std::move(values)});
}

/// A bound of Clip: attribute before opset 11, then input.
float take_bound(OnnxImport& in, OnnxNode& node, const std::string& name, std::size_t i,
                 float fallback) {
  if (node.attributes.has(name)) return node.attributes.take_float(name, fallback);
  const auto given = in.constant_input(node, i);
  if (given && given->size() != 1) throw Refusal("its bound is not a single number");
  return given ? float(given->at(0)) : fallback;
}

Value import_clip(OnnxImport& in, OnnxNode& node) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const float low = take_bound(in, node, "min", 1, -kMost);
  const float high = take_bound(in, node, "max", 2, kMost);
  return add_activation(in, node, {Activation::Kind::clip, low, high});
}

/// Of two computed values, or of one and a constant: x^k, and k^x as e^(x ln k).
Value import_power(OnnxImport& in, OnnxNode& node) {
  if (in.is_constant(node.input(1))) {
    const auto exponent = single_number(in.constant(node.inputs[1]), in.input(node, 0));
    if (!exponent) throw Refusal("exponents that differ are not supported");
    if (*exponent == 1) return in.builder.alias(in.input(node, 0), node.label());
    return add_activation(in, node, {Activation::Kind::power, *exponent});
  }
  if (!in.is_constant(node.input(0)))
    return elementwise(in.builder, node.label(), Elementwise::Kind::power,
                       {in.input(node, 0), in.input(node, 1)});
  const Constant factor = mapped(in.constant(node.inputs[0]), [](double base) {
    if (!(base > 0)) throw Refusal("a base that is not above 0 is not supported");
    return std::log(base);
  });
  const Value exponent =
      affine(in.builder, node.helper("/exponent"), in.input(node, 1), factor, std::nullopt);
  return in.builder.add(node.label(), Activation{Activation::Kind::exponential}, {exponent});
}

}  // namespace

std::optional<float> single_number(const Constant& constant, const Value& input) {
  if (constant.size() != 1 || constant.dims.size() > input.dims.size()) return std::nullopt;
  return float(constant.at(0));
}

const OnnxHandlers& function_handlers() {
  static const OnnxHandlers table = [] {
    OnnxHandlers all{{"Gelu", import_gelu},
                     {"PRelu", import_prelu},
                     {"Clip", import_clip},
                     {"Pow", import_power}};
    for (const auto& [operation, function] : functions()) all.emplace(operation, import_function);
    return all;
  }();
  return table;
}

}  // namespace rfmap::importing
