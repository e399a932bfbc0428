#include <cmath>
#include <functional>
#include <utility>

#include "model/onnx/pointwise.h"

// Comparisons, choices and casts. Conditions are numbers, 1 or 0.
namespace rfmap::importing {
namespace {

/// A comparison of two values, of a value with a constant, and of a constant with a value.
struct Comparison {
  Elementwise::Kind of_two;
  Activation::Kind with_constant, constant_first;
};

Comparison comparison_of(const std::string& operation) {
  using Two = Elementwise::Kind;
  using One = Activation::Kind;
  if (operation == "Greater") return {Two::greater, One::greater, One::less};
  if (operation == "Less") return {Two::less, One::less, One::greater};
  if (operation == "GreaterOrEqual")
    return {Two::greater_or_equal, One::greater_or_equal, One::less_or_equal};
  if (operation == "LessOrEqual")
    return {Two::less_or_equal, One::less_or_equal, One::greater_or_equal};
  return {Two::equal, One::equal, One::equal};
}

Value add_condition(OnnxImport& in, const Label& label, const Value& input, Activation::Kind kind,
                    float alpha = 0) {
  return in.builder.add(label, Activation{kind, alpha}, {input});
}

/// A difference is above, below or equal to 0 exactly where the comparison says so.
Value compare_with(OnnxImport& in, const OnnxNode& node, const Value& value,
                   const Constant& constant, Activation::Kind kind) {
  if (const auto number = single_number(constant, value))
    return add_condition(in, node.label(), value, kind, *number);
  const Constant negated = mapped(constant, std::negate<double>());
  return add_condition(in, node.label(),
                       affine(in.builder, node.helper("/difference"), value, std::nullopt, negated),
                       kind);
}

Value import_comparison(OnnxImport& in, OnnxNode& node) {
  const Comparison comparison = comparison_of(node.operation);
  if (in.is_constant(node.input(1)))
    return compare_with(in, node, in.input(node, 0), in.constant(node.inputs[1]),
                        comparison.with_constant);
  if (in.is_constant(node.input(0)))
    return compare_with(in, node, in.input(node, 1), in.constant(node.inputs[0]),
                        comparison.constant_first);
  return elementwise(in.builder, node.label(), comparison.of_two,
                     {in.input(node, 0), in.input(node, 1)});
}

/// And, Or and Xor of a value and a constant k: x k, x (1 - k) + k, x (1 - 2 k) + k.
Value logic_with(OnnxImport& in, const OnnxNode& node, const Value& value,
                 const Constant& constant) {
  if (node.operation == "And")
    return affine(in.builder, node.label(), value, constant, std::nullopt);
  const double times = node.operation == "Or" ? 1 : 2;
  const Constant scale = mapped(constant, [&](double k) { return 1 - times * k; });
  return affine(in.builder, node.label(), value, scale, constant);
}

Value import_logic(OnnxImport& in, OnnxNode& node) {
  for (const int i : {0, 1})
    if (in.is_constant(node.input(i)))
      return logic_with(in, node, in.input(node, 1 - i), in.constant(node.inputs[i]));
  const std::vector<Value> inputs{in.input(node, 0), in.input(node, 1)};
  if (node.operation == "And")
    return elementwise(in.builder, node.label(), Elementwise::Kind::product, inputs);
  if (node.operation == "Or")
    return elementwise(in.builder, node.label(), Elementwise::Kind::maximum, inputs);
  const Value same =
      elementwise(in.builder, node.helper("/equal"), Elementwise::Kind::equal, inputs);
  return add_condition(in, node.label(), same, Activation::Kind::logical_not);
}

/// A computed side times a mask, or a constant side that broadcasts over it.
Value masked(OnnxImport& in, const Label& label, const Value& mask, const Side& side) {
  if (const auto* value = std::get_if<Value>(&side))
    return elementwise(in.builder, label, Elementwise::Kind::product, {mask, *value});
  const Constant& constant = std::get<Constant>(side);
  for (std::size_t i = 0; i < constant.size(); ++i)
    if (!std::isfinite(constant.at(i)))
      throw Refusal(
          "a choice of a number that is not finite is supported where the condition is "
          "a constant");
  return affine(in.builder, label, mask, constant, std::nullopt);
}

/// A constant's numbers where a constant condition differs from `unless`, else 0.
Constant chosen_numbers(const Constant& condition, const Constant& numbers, bool unless) {
  const Dims dims = broadcast(condition.dims, numbers.dims);
  const auto of_condition = broadcast_indices(condition.dims, dims);
  const auto of_numbers = broadcast_indices(numbers.dims, dims);
  std::vector<float> values(of_condition.size(), 0.f);
  for (std::size_t i = 0; i < values.size(); ++i)
    if ((condition.at(of_condition[i]) != 0) != unless)
      values[i] = float(numbers.at(of_numbers[i]));
  return make_constant(dims, std::move(values));
}

/// A computed input of Where, or a constant one.
Side side_of(OnnxImport& in, const OnnxNode& node, std::size_t i) {
  if (in.is_constant(node.input(i))) return in.constant(node.inputs[i]);
  return in.input(node, i);
}

/// By masks, which are exact; a side that is constant may be infinite.
Value choose_by_constant(OnnxImport& in, const OnnxNode& node, const Constant& condition,
                         const Side& yes, const Side& no) {
  const Constant mask = mapped(condition, [](double v) { return v != 0 ? 1 : 0; });
  const Constant rest = mapped(condition, [](double v) { return v != 0 ? 0 : 1; });
  const auto *a = std::get_if<Value>(&yes), *b = std::get_if<Value>(&no);
  if (a && b)
    return elementwise(in.builder, node.label(), Elementwise::Kind::sum,
                       {affine(in.builder, node.helper("/true"), *a, mask, std::nullopt),
                        affine(in.builder, node.helper("/false"), *b, rest, std::nullopt)});
  if (a)
    return affine(in.builder, node.label(), *a, mask,
                  chosen_numbers(condition, std::get<Constant>(no), true));
  if (b)
    return affine(in.builder, node.label(), *b, rest,
                  chosen_numbers(condition, std::get<Constant>(yes), false));
  throw Refusal("all its inputs are constants");
}

Value import_where(OnnxImport& in, OnnxNode& node) {
  const Side yes = side_of(in, node, 1), no = side_of(in, node, 2);
  if (in.is_constant(node.input(0)))
    return choose_by_constant(in, node, in.constant(node.inputs[0]), yes, no);
  return choose(in, node, node.label(), in.input(node, 0), yes, no);
}

/// Between floats: the values stay. To bool: whether they differ from 0.
Value import_cast(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  node.attributes.take_int("saturate", 1);
  node.attributes.take_string("round_mode", "up");
  const std::int64_t type = node.attributes.take_int("to", 0);
  const auto* function = std::get_if<Activation>(&in.builder.graph().nodes[input.node].op);
  const auto* of_two = std::get_if<Elementwise>(&in.builder.graph().nodes[input.node].op);
  const bool zero_or_one =
      (function && is_condition(function->kind)) || (of_two && is_condition(of_two->kind));
  if (is_float_type(type) || zero_or_one) return in.builder.alias(input, node.label());
  if (type != onnx::TensorProto::BOOL) throw Refusal("a cast to integers is not supported");
  const Value zero = add_condition(in, node.helper("/zero"), input, Activation::Kind::logical_not);
  return add_condition(in, node.label(), zero, Activation::Kind::logical_not);
}

}  // namespace

Value choose(OnnxImport& in, const OnnxNode& node, const Label& label, const Value& condition,
             const Side& yes, const Side& no) {
  const Value rest =
      add_condition(in, node.helper("/not"), condition, Activation::Kind::logical_not);
  const Value first = masked(in, node.helper("/true"), condition, yes);
  const Value second = masked(in, node.helper("/false"), rest, no);
  return elementwise(in.builder, label, Elementwise::Kind::sum, {first, second});
}

const OnnxHandlers& logic_handlers() {
  static const OnnxHandlers table = [] {
    OnnxHandlers all{{"Where", import_where}, {"Cast", import_cast}};
    for (const char* operation : {"Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal"})
      all.emplace(operation, import_comparison);
    for (const char* operation : {"And", "Or", "Xor"}) all.emplace(operation, import_logic);
    return all;
  }();
  return table;
}

}  // namespace rfmap::importing
