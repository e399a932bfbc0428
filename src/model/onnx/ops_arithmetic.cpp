#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "model/onnx/import.h"

// Normalisation, activations, sums and products: element-wise operations.
namespace rfmap::importing {
namespace {

/// A weight with one number per channel.
Floats channel_weights(OnnxImport& in, const OnnxNode& node, std::size_t i, std::int64_t channels) {
  const auto given = in.constant_input(node, i);
  if (!given) throw Refusal("its input " + std::to_string(i) + " is missing");
  if (std::int64_t(given->size()) != channels)
    throw Damaged("'" + node.inputs[i] + "' holds " + std::to_string(given->size()) +
                  " numbers where its input has " + std::to_string(channels) + " channels");
  return as_floats(*given);
}

void import_batch_norm(OnnxImport& in, OnnxNode& node) {
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
  in.set(node.outputs[0], in.builder.add(node.label(), op, {input}));
}

void add_activation(OnnxImport& in, OnnxNode& node, Activation op) {
  in.set(node.outputs[0], in.builder.add(node.label(), std::move(op), {in.input(node, 0)}));
}

void import_relu(OnnxImport& in, OnnxNode& node) {
  add_activation(in, node, {Activation::Kind::relu});
}
void import_sigmoid(OnnxImport& in, OnnxNode& node) {
  add_activation(in, node, {Activation::Kind::sigmoid});
}
void import_tanh(OnnxImport& in, OnnxNode& node) {
  add_activation(in, node, {Activation::Kind::tanh});
}
void import_hard_swish(OnnxImport& in, OnnxNode& node) {
  add_activation(in, node, {Activation::Kind::hard_swish});
}
void import_leaky_relu(OnnxImport& in, OnnxNode& node) {
  const float alpha = node.attributes.take_float("alpha", 0.01f);
  add_activation(in, node, {Activation::Kind::leaky_relu, alpha});
}

void import_prelu(OnnxImport& in, OnnxNode& node) {
  const auto slope = in.constant_input(node, 1);
  if (!slope) throw Refusal("its slope is missing");
  Floats values =
      slope->size() == 1 ? as_floats(*slope) : spread_per_channel(*slope, in.input(node, 0));
  add_activation(in, node, {Activation::Kind::prelu, 0, 0, std::move(values)});
}

/// A bound of Clip: attribute before opset 11, then input.
float take_bound(OnnxImport& in, OnnxNode& node, const std::string& name, std::size_t i,
                 float fallback) {
  if (node.attributes.has(name)) return node.attributes.take_float(name, fallback);
  const auto given = in.constant_input(node, i);
  if (given && given->size() != 1) throw Refusal("its bound is not a single number");
  return given ? float(given->at(0)) : fallback;
}

void import_clip(OnnxImport& in, OnnxNode& node) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const float low = take_bound(in, node, "min", 1, -kMost);
  const float high = take_bound(in, node, "max", 2, kMost);
  add_activation(in, node, {Activation::Kind::clip, low, high});
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

/// Label of a helper node in front of the node itself.
Label helper(const OnnxNode& node, const std::string& suffix) { return {node.name + suffix, {}}; }

/// Sum, or product, of computed inputs and constants (Add, Sum, Mul).
void import_sum_or_product(OnnxImport& in, OnnxNode& node, Elementwise::Kind kind) {
  const Operands o = operands(in, node);
  Value value = o.values.front();
  if (o.values.size() > 1)
    value = elementwise(in.builder, o.constants.empty() ? node.label() : helper(node, "/inputs"),
                        kind, o.values);
  for (std::size_t i = 0; i < o.constants.size(); ++i) {
    const bool last = i + 1 == o.constants.size();
    const Label label = last ? node.label() : helper(node, "/constant");
    const bool product = kind == Elementwise::Kind::product;
    value = affine(in.builder, label, value, product ? std::optional(o.constants[i]) : std::nullopt,
                   product ? std::nullopt : std::optional(o.constants[i]));
  }
  if (o.values.size() == 1 && o.constants.empty()) in.builder.alias(value, node.label());
  in.set(node.outputs[0], value);
}

void import_sum(OnnxImport& in, OnnxNode& node) {
  import_sum_or_product(in, node, Elementwise::Kind::sum);
}
void import_product(OnnxImport& in, OnnxNode& node) {
  import_sum_or_product(in, node, Elementwise::Kind::product);
}

void import_max(OnnxImport& in, OnnxNode& node) {
  const Operands o = operands(in, node);
  if (!o.constants.empty()) throw Refusal("a constant input is not supported");
  if (o.values.size() == 1) {
    in.builder.alias(o.values[0], node.label());
    in.set(node.outputs[0], o.values[0]);
    return;
  }
  in.set(node.outputs[0],
         elementwise(in.builder, node.label(), Elementwise::Kind::maximum, o.values));
}

/// The constant after a function is applied.
template <class Function>
Constant mapped(const Constant& constant, Function function) {
  std::vector<float> values(constant.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = float(function(constant.at(i)));
  return make_constant(constant.dims, std::move(values));
}

void import_sub(OnnxImport& in, OnnxNode& node) {
  const Constant minus = make_constant({1}, std::vector<float>{-1});
  Value result;
  if (in.is_constant(node.input(1))) {
    const Constant negated = mapped(in.constant(node.inputs[1]), [](double v) { return -v; });
    result = affine(in.builder, node.label(), in.input(node, 0), std::nullopt, negated);
  } else if (in.is_constant(node.input(0))) {
    result =
        affine(in.builder, node.label(), in.input(node, 1), minus, in.constant(node.inputs[0]));
  } else {
    const Value negated =
        affine(in.builder, helper(node, "/negated"), in.input(node, 1), minus, std::nullopt);
    result =
        elementwise(in.builder, node.label(), Elementwise::Kind::sum, {in.input(node, 0), negated});
  }
  in.set(node.outputs[0], result);
}

void import_div(OnnxImport& in, OnnxNode& node) {
  if (!in.is_constant(node.input(1))) throw Refusal("only division by constants is supported");
  const Constant factor = mapped(in.constant(node.inputs[1]), [](double v) { return 1 / v; });
  in.set(node.outputs[0],
         affine(in.builder, node.label(), in.input(node, 0), factor, std::nullopt));
}

void import_neg(OnnxImport& in, OnnxNode& node) {
  const Constant minus = make_constant({1}, std::vector<float>{-1});
  in.set(node.outputs[0], affine(in.builder, node.label(), in.input(node, 0), minus, std::nullopt));
}

}  // namespace

const OnnxHandlers& arithmetic_handlers() {
  static const OnnxHandlers table{
      {"BatchNormalization", import_batch_norm},
      {"Relu", import_relu},
      {"HardSwish", import_hard_swish},
      {"LeakyRelu", import_leaky_relu},
      {"PRelu", import_prelu},
      {"Clip", import_clip},
      {"Sigmoid", import_sigmoid},
      {"Tanh", import_tanh},
      {"Add", import_sum},
      {"Sum", import_sum},
      {"Mul", import_product},
      {"Max", import_max},
      {"Sub", import_sub},
      {"Div", import_div},
      {"Neg", import_neg},
  };
  return table;
}

}  // namespace rfmap::importing
