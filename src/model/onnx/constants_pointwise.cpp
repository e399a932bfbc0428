#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <type_traits>

#include "model/onnx/constants.h"

// Element-wise functions of constants, with numpy's broadcasting.
namespace rfmap::importing {
namespace {

/// Element-wise in double; integers stay integers.
template <double (*function)(double)>
Constant unary(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  std::vector<double> values(data.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = function(data.at(i));
  return like(data, data.dims, values);
}

/// The same for functions with attributes: `function(value)`.
template <class Function>
Constant mapped_constant(const Constant& data, Function function) {
  std::vector<double> values(data.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = function(data.at(i));
  return like(data, data.dims, values);
}

double negated(double v) { return -v; }
double reciprocal(double v) { return 1 / v; }
double sign(double v) { return double(v > 0) - double(v < 0); }
double rectified(double v) { return v < 0 ? 0 : v; }
double logistic(double v) { return 1 / (1 + std::exp(-v)); }
double soft_plus(double v) { return std::log1p(std::exp(-std::abs(v))) + std::max(v, 0.0); }
double soft_sign(double v) { return v / (1 + std::abs(v)); }
double mish(double v) { return v * std::tanh(soft_plus(v)); }
double hard_swish(double v) { return v * std::clamp(v / 6 + 0.5, 0.0, 1.0); }

Constant evaluate_leaky_relu(OnnxImport& in, OnnxNode& node) {
  const double slope = node.attributes.take_float("alpha", 0.01f);
  return mapped_constant(operand(in, node, 0), [&](double v) { return v < 0 ? slope * v : v; });
}

Constant evaluate_elu(OnnxImport& in, OnnxNode& node) {
  const double alpha = node.attributes.take_float("alpha", 1);
  return mapped_constant(operand(in, node, 0),
                         [&](double v) { return v < 0 ? alpha * std::expm1(v) : v; });
}

Constant evaluate_hard_sigmoid(OnnxImport& in, OnnxNode& node) {
  const double alpha = node.attributes.take_float("alpha", 0.2f);
  const double beta = node.attributes.take_float("beta", 0.5f);
  return mapped_constant(operand(in, node, 0),
                         [&](double v) { return std::clamp(alpha * v + beta, 0.0, 1.0); });
}

Constant evaluate_gelu(OnnxImport& in, OnnxNode& node) {
  const std::string form = node.attributes.take_string("approximate", "none");
  expect_one_of(form, "approximate", {"none", "tanh"});
  constexpr double kSqrt2OverPi = 0.79788456080286535588, kSqrtHalf = 0.70710678118654752440;
  return mapped_constant(operand(in, node, 0), [&](double v) {
    const double gate = form == "tanh" ? std::tanh(kSqrt2OverPi * (v + 0.044715 * v * v * v))
                                       : std::erf(v * kSqrtHalf);
    return 0.5 * v * (1 + gate);
  });
}

/// A bound of Clip: attribute before opset 11, then input.
double take_clip_bound(OnnxImport& in, OnnxNode& node, const std::string& name, std::size_t i,
                       double otherwise) {
  if (node.attributes.has(name)) return node.attributes.take_float(name, 0);
  return has_operand(node, i) ? single_operand(in, node, i) : otherwise;
}

Constant evaluate_clip(OnnxImport& in, OnnxNode& node) {
  constexpr double kMost = std::numeric_limits<double>::infinity();
  const double low = take_clip_bound(in, node, "min", 1, -kMost);
  const double high = take_clip_bound(in, node, "max", 2, kMost);
  return mapped_constant(operand(in, node, 0),
                         [&](double v) { return std::min(std::max(v, low), high); });
}

Constant evaluate_not(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  std::vector<std::int64_t> values(data.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = data.at(i) == 0;
  return make_constant(data.dims, std::move(values));
}

/// Places in `narrow` for each number of `wide`; none where they are the same tensor's.
class Places {
 public:
  Places(const Dims& narrow, const Dims& wide) {
    if (narrow != wide) indices_ = broadcast_indices(narrow, wide);
  }
  std::size_t operator[](std::size_t i) const { return indices_.empty() ? i : indices_[i]; }

 private:
  std::vector<std::size_t> indices_;
};

/// `function` of pairs of numbers of one kind, floats or int64; the type of its results decides the
/// kind of the result.
template <class Function>
Constant combined(const OnnxImport& in, const Constant& a, const Constant& b, Function function) {
  const Dims dims = broadcast(a.dims, b.dims);
  const auto count = std::size_t(moderate_volume(in, dims));
  const Places ia(a.dims, dims), ib(b.dims, dims);
  const auto each = [&](const auto& x, const auto& y) {
    using Result = decltype(function(x[0], y[0]));
    std::vector<std::conditional_t<std::is_same_v<Result, bool>, std::int64_t, Result>> values(
        count);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = function(x[ia[i]], y[ib[i]]);
    return make_constant(dims, std::move(values));
  };
  if (a.is_integer() && b.is_integer()) return each(*a.integers, *b.integers);
  return each(*as_floats(a), *as_floats(b));
}

/// Integers wrap around.
template <class Function>
struct Wrapping {
  float operator()(float a, float b) const { return Function()(a, b); }
  std::int64_t operator()(std::int64_t a, std::int64_t b) const {
    return std::int64_t(Function()(std::uint64_t(a), std::uint64_t(b)));
  }
};

struct Quotient {
  float operator()(float a, float b) const { return a / b; }
  std::int64_t operator()(std::int64_t a, std::int64_t b) const {
    if (b == 0) throw Refusal("it divides by zero");
    return b == -1 ? std::int64_t(-std::uint64_t(a)) : a / b;
  }
};

struct Smaller {
  template <class Number>
  Number operator()(Number a, Number b) const {
    return b < a ? b : a;
  }
};
struct Larger {
  template <class Number>
  Number operator()(Number a, Number b) const {
    return a < b ? b : a;
  }
};

struct And {
  template <class Number>
  bool operator()(Number a, Number b) const {
    return a != 0 && b != 0;
  }
};
struct Or {
  template <class Number>
  bool operator()(Number a, Number b) const {
    return a != 0 || b != 0;
  }
};
struct Xor {
  template <class Number>
  bool operator()(Number a, Number b) const {
    return (a != 0) != (b != 0);
  }
};

template <class Function>
Constant binary(OnnxImport& in, OnnxNode& node) {
  return combined(in, operand(in, node, 0), operand(in, node, 1), Function());
}

/// Sum, Min, Max: any number of inputs.
template <class Function>
Constant variadic(OnnxImport& in, OnnxNode& node) {
  Constant result = operand(in, node, 0);
  for (std::size_t i = 1; i < node.inputs.size(); ++i)
    result = combined(in, result, operand(in, node, i), Function());
  return result;
}

Constant evaluate_mean(OnnxImport& in, OnnxNode& node) {
  const Constant sum = variadic<Wrapping<std::plus<>>>(in, node);
  const auto count = double(node.inputs.size());
  return mapped_constant(sum, [&](double v) { return v / count; });
}

/// Python's rule (the sign of the divisor) or, with fmod, C's.
Constant evaluate_mod(OnnxImport& in, OnnxNode& node) {
  const bool as_c = node.attributes.take_int("fmod", 0) != 0;
  struct Remainder {
    bool as_c;
    float operator()(float a, float b) const {
      const float rest = std::fmod(a, b);
      return !as_c && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
    std::int64_t operator()(std::int64_t a, std::int64_t b) const {
      if (b == 0) throw Refusal("it divides by zero");
      const std::int64_t rest = b == -1 ? 0 : a % b;
      return !as_c && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
  };
  return combined(in, operand(in, node, 0), operand(in, node, 1), Remainder{as_c});
}

/// The result has the first input's kind.
Constant evaluate_pow(OnnxImport& in, OnnxNode& node) {
  const Constant& base = operand(in, node, 0);
  const Constant& exponent = operand(in, node, 1);
  const Dims dims = broadcast(base.dims, exponent.dims);
  std::vector<double> values(moderate_volume(in, dims));
  const auto ia = broadcast_indices(base.dims, dims), ib = broadcast_indices(exponent.dims, dims);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::pow(base.at(ia[i]), exponent.at(ib[i]));
  return like(base, dims, values);
}

Constant evaluate_prelu(OnnxImport& in, OnnxNode& node) {
  const auto slope = [](auto v, auto s) { return v < 0 ? decltype(v)(v * s) : v; };
  return combined(in, operand(in, node, 0), operand(in, node, 1), slope);
}

Constant evaluate_where(OnnxImport& in, OnnxNode& node) {
  const Constant& condition = operand(in, node, 0);
  const Constant& yes = operand(in, node, 1);
  const Constant& no = operand(in, node, 2);
  if (yes.is_integer() != no.is_integer()) throw Refusal("it joins integers with floats");
  const Dims dims = broadcast(broadcast(condition.dims, yes.dims), no.dims);
  moderate_volume(in, dims);
  const auto ic = broadcast_indices(condition.dims, dims);
  const auto iy = broadcast_indices(yes.dims, dims), io = broadcast_indices(no.dims, dims);
  const auto choose = [&](const auto& a, const auto& b) {
    std::vector<NumberOf<decltype(a)>> values(ic.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = condition.at(ic[i]) != 0 ? a[iy[i]] : b[io[i]];
    return make_constant(dims, std::move(values));
  };
  return yes.is_integer() ? choose(*yes.integers, *no.integers) : choose(*yes.floats, *no.floats);
}

/// Bits of an integer type, and whether it has a sign; 64 for int64 and uint64.
struct IntegerForm {
  int bits;
  bool has_sign;
};
IntegerForm integer_form(std::int64_t type) {
  switch (type) {
    case onnx::TensorProto::UINT8:
      return {8, false};
    case onnx::TensorProto::INT8:
      return {8, true};
    case onnx::TensorProto::UINT16:
      return {16, false};
    case onnx::TensorProto::INT16:
      return {16, true};
    case onnx::TensorProto::UINT32:
      return {32, false};
    case onnx::TensorProto::INT32:
      return {32, true};
    default:
      return {64, true};
  }
}

/// The lowest bits of `value`, as a number of this form.
std::int64_t wrapped(std::int64_t value, const IntegerForm& form) {
  const int unused = 64 - form.bits;
  const std::uint64_t shifted = std::uint64_t(value) << unused;
  return form.has_sign ? std::int64_t(shifted) >> unused : std::int64_t(shifted >> unused);
}

Constant converted(const Constant& data, std::int64_t type) {
  Constant result;
  if (is_float_type(type)) {
    result = {data.dims, as_floats(data), nullptr};
  } else if (is_integer_type(type)) {
    const IntegerForm form = integer_form(type);
    std::vector<std::int64_t> values(data.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = type == onnx::TensorProto::BOOL ? std::int64_t(data.at(i) != 0)
                  : data.is_integer()             ? wrapped((*data.integers)[i], form)
                                                  : wrapped(whole((*data.floats)[i]), form);
    result = make_constant(data.dims, std::move(values));
  } else {
    throw Refusal("a cast to this type is not supported");
  }
  result.type = int(type);
  return result;
}

Constant evaluate_cast(OnnxImport& in, OnnxNode& node) {
  node.attributes.take_int("saturate", 1);
  node.attributes.take_string("round_mode", "up");
  return converted(operand(in, node, 0), node.attributes.take_int("to", 0));
}

Constant evaluate_cast_like(OnnxImport& in, OnnxNode& node) {
  node.attributes.take_int("saturate", 1);
  node.attributes.take_string("round_mode", "up");
  const Constant& kind = operand(in, node, 1);
  const int otherwise = kind.is_integer() ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT;
  return converted(operand(in, node, 0), kind.type != 0 ? kind.type : otherwise);
}

}  // namespace

const OnnxEvaluators& pointwise_evaluators() {
  static const OnnxEvaluators table{
      {"Abs", unary<std::abs>},
      {"Acos", unary<std::acos>},
      {"Asin", unary<std::asin>},
      {"Atan", unary<std::atan>},
      {"Ceil", unary<std::ceil>},
      {"Cos", unary<std::cos>},
      {"Cosh", unary<std::cosh>},
      {"Erf", unary<std::erf>},
      {"Exp", unary<std::exp>},
      {"Floor", unary<std::floor>},
      {"HardSwish", unary<hard_swish>},
      {"Log", unary<std::log>},
      {"Mish", unary<mish>},
      {"Neg", unary<negated>},
      {"Reciprocal", unary<reciprocal>},
      {"Relu", unary<rectified>},
      {"Round", unary<std::nearbyint>},  // halves to even
      {"Sigmoid", unary<logistic>},
      {"Sign", unary<sign>},
      {"Sin", unary<std::sin>},
      {"Sinh", unary<std::sinh>},
      {"Softplus", unary<soft_plus>},
      {"Softsign", unary<soft_sign>},
      {"Sqrt", unary<std::sqrt>},
      {"Tan", unary<std::tan>},
      {"Tanh", unary<std::tanh>},
      {"Clip", evaluate_clip},
      {"Elu", evaluate_elu},
      {"Gelu", evaluate_gelu},
      {"HardSigmoid", evaluate_hard_sigmoid},
      {"LeakyRelu", evaluate_leaky_relu},
      {"PRelu", evaluate_prelu},
      {"Add", binary<Wrapping<std::plus<>>>},
      {"Sub", binary<Wrapping<std::minus<>>>},
      {"Mul", binary<Wrapping<std::multiplies<>>>},
      {"Div", binary<Quotient>},
      {"Mod", evaluate_mod},
      {"Pow", evaluate_pow},
      {"Sum", variadic<Wrapping<std::plus<>>>},
      {"Mean", evaluate_mean},
      {"Min", variadic<Smaller>},
      {"Max", variadic<Larger>},
      {"Equal", binary<std::equal_to<>>},
      {"Greater", binary<std::greater<>>},
      {"GreaterOrEqual", binary<std::greater_equal<>>},
      {"Less", binary<std::less<>>},
      {"LessOrEqual", binary<std::less_equal<>>},
      {"And", binary<And>},
      {"Or", binary<Or>},
      {"Xor", binary<Xor>},
      {"Not", evaluate_not},
      {"Where", evaluate_where},
      {"Cast", evaluate_cast},
      {"CastLike", evaluate_cast_like},
  };
  return table;
}

}  // namespace rfmap::importing
