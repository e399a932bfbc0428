#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "model/onnx/pointwise.h"

// Batch normalisation, sums, products and what follows from them.
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
  Dims by_channel(input.dims.size() < 2 ? 1 : input.dims.size() - 1, 1);
  by_channel[0] = channels;
  return affine(in.builder, node.label(), input, make_constant(by_channel, std::move(scale)),
                make_constant(by_channel, std::move(shift)));
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

/// The computed inputs combined; then `with_constant` (label, value, constant) for each constant.
template <class WithConstant>
Value combined(OnnxImport& in, const OnnxNode& node, Elementwise::Kind kind,
               const std::string& suffix, WithConstant with_constant) {
  const auto [values, constants] = operands(in, node);
  if (values.size() == 1 && constants.empty()) return in.builder.alias(values[0], node.label());
  Value value = values.front();
  if (values.size() > 1)
    value = elementwise(in.builder, constants.empty() ? node.label() : node.helper("/inputs"), kind,
                        values);
  for (std::size_t i = 0; i < constants.size(); ++i)
    value = with_constant(i + 1 == constants.size() ? node.label() : node.helper(suffix), value,
                          constants[i]);
  return value;
}

/// Sum or product (Add, Sum, Mul).
template <Elementwise::Kind kind>
Value import_elementwise(OnnxImport& in, OnnxNode& node) {
  return combined(in, node, kind, "/constant",
                  [&](const Label& label, const Value& value, const Constant& constant) {
                    std::optional<Constant> scale, shift;
                    (kind == Elementwise::Kind::product ? scale : shift) = constant;
                    return affine(in.builder, label, value, scale, shift);
                  });
}

/// The larger or smaller one of a value and a constant.
Value limited(OnnxImport& in, const OnnxNode& node, const Label& label, const Value& value,
              const Constant& bound, Elementwise::Kind kind) {
  const bool above = kind == Elementwise::Kind::maximum;
  if (const auto number = single_number(bound, value)) {
    constexpr float kMost = std::numeric_limits<float>::max();
    return in.builder.add(
        label,
        Activation{Activation::Kind::clip, above ? *number : -kMost, above ? kMost : *number},
        {value});
  }
  const Value distance = affine(in.builder, node.helper("/distance"), value, std::nullopt,
                                mapped(bound, std::negate<double>()));
  const Activation stays{above ? Activation::Kind::greater : Activation::Kind::less};
  return choose(in, node, label, in.builder.add(node.helper("/inside"), stays, {distance}), value,
                bound);
}

/// Max and Min.
template <Elementwise::Kind kind>
Value import_extremum(OnnxImport& in, OnnxNode& node) {
  return combined(in, node, kind, "/limited",
                  [&](const Label& label, const Value& value, const Constant& bound) {
                    return limited(in, node, label, value, bound, kind);
                  });
}

Value import_sub(OnnxImport& in, OnnxNode& node) {
  if (in.is_constant(node.input(1))) {
    const Constant negated = mapped(in.constant(node.inputs[1]), std::negate<double>());
    return affine(in.builder, node.label(), in.input(node, 0), std::nullopt, negated);
  }
  if (in.is_constant(node.input(0)))
    return affine(in.builder, node.label(), in.input(node, 1), number(-1),
                  in.constant(node.inputs[0]));
  return elementwise(in.builder, node.label(), Elementwise::Kind::difference,
                     {in.input(node, 0), in.input(node, 1)});
}

Value import_div(OnnxImport& in, OnnxNode& node) {
  if (in.is_constant(node.input(1))) {
    const Constant factor = mapped(in.constant(node.inputs[1]), [](double v) { return 1 / v; });
    return affine(in.builder, node.label(), in.input(node, 0), factor, std::nullopt);
  }
  if (!in.is_constant(node.input(0)))
    return elementwise(in.builder, node.label(), Elementwise::Kind::quotient,
                       {in.input(node, 0), in.input(node, 1)});
  const Constant& dividend = in.constant(node.inputs[0]);
  const bool one = single_number(dividend, in.input(node, 1)) == 1.f;
  const Value inverse =
      in.builder.add(one ? node.label() : node.helper("/reciprocal"),
                     Activation{Activation::Kind::reciprocal}, {in.input(node, 1)});
  return one ? inverse : affine(in.builder, node.label(), inverse, dividend, std::nullopt);
}

Value import_neg(OnnxImport& in, OnnxNode& node) {
  return affine(in.builder, node.label(), in.input(node, 0), number(-1), std::nullopt);
}

}  // namespace

const OnnxHandlers& arithmetic_handlers() {
  using Kind = Elementwise::Kind;
  static const OnnxHandlers table = [] {
    OnnxHandlers all{
        {"BatchNormalization", import_batch_norm},
        {"Add", import_elementwise<Kind::sum>},
        {"Sum", import_elementwise<Kind::sum>},
        {"Mul", import_elementwise<Kind::product>},
        {"Max", import_extremum<Kind::maximum>},
        {"Min", import_extremum<Kind::minimum>},
        {"Sub", import_sub},
        {"Div", import_div},
        {"Neg", import_neg},
    };
    for (const OnnxHandlers* more : {&function_handlers(), &logic_handlers()})
      all.insert(more->begin(), more->end());
    return all;
  }();
  return table;
}

}  // namespace rfmap::importing
