#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "model/onnx/import.h"

// Normalisation, activations, sums and products: element-wise operations.
namespace rfmap::importing {
namespace {

/// A weight with one number per channel.
Floats channel_weights(OnnxImport& in, const OnnxNode& node, std::size_t i, std::int64_t channels) {
  const auto given = in.constant_input(node, i);
  if (!given) throw Refusal("its input " + std::to_string(i) + " is missing");
  if (std::int64_t(given->size()) != channels)
    throw Damaged(fmt::format("'{}' holds {} numbers where its input has {} channels",
                              node.inputs[i], given->size(), channels));
  return as_floats(*given);
}

Value import_batch_norm(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const double epsilon = node.attributes.take_float("epsilon", 1e-5f);
  node.attributes.take_float("momentum", 0.9f);  // only for training
  if (node.attributes.take_int("spatial", 1) != 1)
    throw Refusal("statistics that vary over space are not supported");
  // Before opset 14 further outputs select training mode.
  const bool further = in.opset < 14 && std::any_of(node.outputs.begin() + 1, node.outputs.end(),
                                                    [](const auto& o) { return !o.empty(); });
  if (node.attributes.take_int("training_mode", 0) != 0 || further)
    throw Refusal("it is in training mode; exporting the network for inference would help");
  const std::int64_t channels = input.dims.size() > 1 ? input.dims[1] : 1;
  Floats weights[4];
  for (int i = 0; i < 4; ++i) weights[i] = channel_weights(in, node, i + 1, channels);
  std::vector<float> scale(channels), shift(channels);
  for (std::int64_t c = 0; c < channels; ++c) {
    const double factor = (*weights[0])[c] / std::sqrt(double((*weights[3])[c]) + epsilon);
    scale[c] = float(factor);
    shift[c] = float((*weights[1])[c] - (*weights[2])[c] * factor);
  }
  const Affine op{std::make_shared<const std::vector<float>>(std::move(scale)),
                  std::make_shared<const std::vector<float>>(std::move(shift))};
  return in.builder.add(node.label(), op, {input});
}

Value add_activation(OnnxImport& in, OnnxNode& node, Activation op) {
  return in.builder.add(node.label(), std::move(op), {in.input(node, 0)});
}

template <Activation::Kind kind>
Value import_activation(OnnxImport& in, OnnxNode& node) {
  return add_activation(in, node, {kind});
}

Value import_leaky_relu(OnnxImport& in, OnnxNode& node) {
  const float alpha = node.attributes.take_float("alpha", 0.01f);
  return add_activation(in, node, {Activation::Kind::leaky_relu, alpha});
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

/// The inputs of a node, separated: computed ones and the constant result of the others.
struct Operands {
  std::vector<Value> values;
  std::vector<Constant> constants;
};

Operands operands(OnnxImport& in, const OnnxNode& node) {
  Operands o;
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (in.is_constant(node.inputs[i]))
      o.constants.push_back(in.constant(node.inputs[i]));
    else
      o.values.push_back(in.input(node, i));
  if (o.values.empty()) throw Refusal("all its inputs are constants");
  return o;
}

/// Sum, product or maximum of computed inputs and constants (Add, Sum, Mul, Max).
template <Elementwise::Kind kind>
Value import_elementwise(OnnxImport& in, OnnxNode& node) {
  const auto [values, constants] = operands(in, node);
  if (kind == Elementwise::Kind::maximum && !constants.empty())
    throw Refusal("a constant input is not supported");
  if (values.size() == 1 && constants.empty()) return in.builder.alias(values[0], node.label());
  Value value = values.front();
  if (values.size() > 1)
    value = elementwise(in.builder, constants.empty() ? node.label() : node.helper("/inputs"), kind,
                        values);
  for (std::size_t i = 0; i < constants.size(); ++i) {
    const bool last = i + 1 == constants.size();
    std::optional<Constant> scale, shift;
    (kind == Elementwise::Kind::product ? scale : shift) = constants[i];
    value = affine(in.builder, last ? node.label() : node.helper("/constant"), value, scale, shift);
  }
  return value;
}

/// The constant after a function is applied.
template <class Function>
Constant mapped(const Constant& constant, Function function) {
  std::vector<float> values(constant.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = float(function(constant.at(i)));
  return make_constant(constant.dims, std::move(values));
}

Value import_sub(OnnxImport& in, OnnxNode& node) {
  if (in.is_constant(node.input(1))) {
    const Constant negated = mapped(in.constant(node.inputs[1]), std::negate<double>());
    return affine(in.builder, node.label(), in.input(node, 0), std::nullopt, negated);
  }
  if (in.is_constant(node.input(0)))
    return affine(in.builder, node.label(), in.input(node, 1), number(-1),
                  in.constant(node.inputs[0]));
  const Value negated =
      affine(in.builder, node.helper("/negated"), in.input(node, 1), number(-1), std::nullopt);
  return elementwise(in.builder, node.label(), Elementwise::Kind::sum,
                     {in.input(node, 0), negated});
}

Value import_div(OnnxImport& in, OnnxNode& node) {
  if (!in.is_constant(node.input(1))) throw Refusal("only division by constants is supported");
  const Constant factor = mapped(in.constant(node.inputs[1]), [](double v) { return 1 / v; });
  return affine(in.builder, node.label(), in.input(node, 0), factor, std::nullopt);
}

Value import_neg(OnnxImport& in, OnnxNode& node) {
  return affine(in.builder, node.label(), in.input(node, 0), number(-1), std::nullopt);
}

/// Element-wise, for theory only: the field is the input's.
Value import_pointwise(OnnxImport& in, OnnxNode& node) {
  in.expect_theory();
  const Value& input = in.input(node, 0);
  for (const char* of_values : {"alpha", "beta", "gamma", "lambd", "bias"})
    node.attributes.take_float(of_values, 0);
  node.attributes.take_string("approximate", "");
  return in.builder.add_shaped(node.label(), TheoryOnly{node.operation}, {input}, input.dims);
}

}  // namespace

const OnnxHandlers& arithmetic_handlers() {
  using enum Activation::Kind;
  using enum Elementwise::Kind;
  static const OnnxHandlers table = [] {
    OnnxHandlers all{
        {"BatchNormalization", import_batch_norm},
        {"Relu", import_activation<relu>},
        {"HardSwish", import_activation<hard_swish>},
        {"LeakyRelu", import_leaky_relu},
        {"PRelu", import_prelu},
        {"Clip", import_clip},
        {"Sigmoid", import_activation<sigmoid>},
        {"Tanh", import_activation<tanh>},
        {"Add", import_elementwise<sum>},
        {"Sum", import_elementwise<sum>},
        {"Mul", import_elementwise<product>},
        {"Max", import_elementwise<maximum>},
        {"Sub", import_sub},
        {"Div", import_div},
        {"Neg", import_neg},
    };
    for (const char* operation :
         {"Abs", "Celu", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "Log", "Mish", "Reciprocal",
          "Selu", "Shrink", "Softplus", "Softsign", "Sqrt", "Swish", "ThresholdedRelu"})
      all.emplace(operation, import_pointwise);
    return all;
  }();
  return table;
}

}  // namespace rfmap::importing
