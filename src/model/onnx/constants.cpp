#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <set>
#include <type_traits>
#include <utility>

#include "model/onnx/file.h"
#include "model/onnx/import.h"

// Arithmetic on shapes and weights in a file; the importer computes it (constant folding).
namespace rfmap::importing {
namespace {

/// Limit on the elements of a result; shapes and weights of whole layers are far smaller.
constexpr std::int64_t kMostComputed = std::int64_t(1) << 28;

const Constant& operand(OnnxImport& in, const OnnxNode& node, std::size_t i) {
  return in.constant(node.input(i));
}

/// The same kind of constant with the elements at `indices` of `from`.
Constant gather(const Constant& from, Dims dims, const std::vector<std::size_t>& indices) {
  const auto pick = [&](const auto& values) {
    typename std::decay_t<decltype(values)> picked;
    picked.reserve(indices.size());
    for (const std::size_t i : indices) picked.push_back(values[i]);
    return make_constant(std::move(dims), std::move(picked));
  };
  return from.is_integer() ? pick(*from.integers) : pick(*from.floats);
}

/// The same numbers with other extents.
Constant with_dims(Constant constant, Dims dims) {
  constant.dims = std::move(dims);
  return constant;
}

template <class Number>
Constant line(std::vector<Number> values) {
  const auto n = std::int64_t(values.size());
  return make_constant({n}, std::move(values));
}

/// Elements along the axes before and from `axis` on.
std::int64_t volume_before(const Dims& dims, int axis) {
  return volume({dims.begin(), dims.begin() + axis});
}
std::int64_t volume_from(const Dims& dims, int axis) {
  return volume({dims.begin() + axis, dims.end()});
}

Constant evaluate_constant(OnnxImport& in, OnnxNode& node) {
  Attributes& a = node.attributes;
  if (onnx::TensorProto* tensor = a.take_tensor("value")) return take_values(*tensor, in.folder());
  if (a.has("value_float"))
    return make_constant({}, std::vector<float>{a.take_float("value_float", 0)});
  if (a.has("value_int")) return make_constant({}, Dims{a.take_int("value_int", 0)});
  if (a.has("value_floats")) return line(a.take_floats("value_floats"));
  if (a.has("value_ints")) return line(a.take_ints("value_ints"));
  throw Refusal("only numbers are supported as a constant");
}

Constant evaluate_constant_of_shape(OnnxImport& in, OnnxNode& node) {
  const Dims dims = as_integers(operand(in, node, 0));
  Constant fill = number(0);
  if (onnx::TensorProto* tensor = node.attributes.take_tensor("value"))
    fill = take_values(*tensor, in.folder());
  if (fill.size() != 1) throw Refusal("its value is not a single number");
  if (volume(dims) > kMostComputed) throw Refusal("its result is too large");
  return gather(fill, dims, std::vector<std::size_t>(volume(dims), 0));
}

Dims dims_of_input(OnnxImport& in, const OnnxNode& node) {
  const std::string& tensor = node.input(0);
  return in.is_constant(tensor) ? in.constant(tensor).dims : in.input(node, 0).dims;
}

Constant evaluate_shape(OnnxImport& in, OnnxNode& node) {
  const Dims dims = dims_of_input(in, node);
  const auto rank = std::int64_t(dims.size());
  const auto bound = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  const std::int64_t start = bound(node.attributes.take_int("start", 0));
  const std::int64_t end = std::max(start, bound(node.attributes.take_int("end", rank)));
  return line(Dims(dims.begin() + start, dims.begin() + end));
}

Constant evaluate_size(OnnxImport& in, OnnxNode& node) {
  return make_constant({}, Dims{volume(dims_of_input(in, node))});
}

Constant evaluate_gather(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Constant& wanted = operand(in, node, 1);
  const int axis = node.take_axis(0, data.dims.size());
  const std::int64_t outer = volume_before(data.dims, axis), n = data.dims[axis];
  const std::int64_t inner = volume_from(data.dims, axis + 1);
  std::vector<std::size_t> indices;
  for (std::int64_t o = 0; o < outer; ++o)
    for (const std::int64_t index : as_integers(wanted)) {
      const int i = resolve_axis(index, int(n));
      for (std::int64_t k = 0; k < inner; ++k) indices.push_back((o * n + i) * inner + k);
    }
  Dims dims = data.dims;
  dims.erase(dims.begin() + axis);
  dims.insert(dims.begin() + axis, wanted.dims.begin(), wanted.dims.end());
  return gather(data, std::move(dims), indices);
}

/// Reshape, Squeeze, Unsqueeze.
Constant evaluate_reshape(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  return with_dims(data, take_new_dims(in, node, data.dims));
}

Constant evaluate_flatten(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const int rank = int(data.dims.size());
  const std::int64_t given = node.attributes.take_int("axis", 1);
  const int axis = given == rank ? rank : resolve_axis(given, rank);
  return with_dims(data, {volume_before(data.dims, axis), volume_from(data.dims, axis)});
}

Constant evaluate_concat(OnnxImport& in, OnnxNode& node) {
  Dims dims = operand(in, node, 0).dims;
  const int axis = node.take_axis(0, dims.size());
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
  dims[axis] = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Constant& part = operand(in, node, i);
    if (part.dims.size() != dims.size()) throw Refusal("its inputs differ in rank");
    dims[axis] += part.dims[axis];
  }
  const std::int64_t outer = volume_before(dims, axis);
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Constant& part = operand(in, node, i);
      const std::size_t run = part.size() / outer;
      for (std::size_t k = o * run; k < (o + 1) * run; ++k)
        part.is_integer() ? integers.push_back((*part.integers)[k])
                          : floats.push_back((*part.floats)[k]);
    }
  if (!integers.empty() && !floats.empty()) throw Refusal("it joins integers with floats");
  return operand(in, node, 0).is_integer() ? make_constant(dims, std::move(integers))
                                           : make_constant(dims, std::move(floats));
}

Constant evaluate_slice(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  Dims dims = data.dims, steps = strides(dims);
  std::int64_t first = 0;
  for (const auto& [axis, begin, end, step] : take_slices(in, node, data.dims)) {
    const std::int64_t length = std::max<std::int64_t>(step > 0 ? end - begin : begin - end, 0);
    dims[axis] = std::min(dims[axis], (length + std::abs(step) - 1) / std::abs(step));
    first += begin * steps[axis];
    steps[axis] *= step;
  }
  return gather(data, dims, strided_indices(dims, steps, first));
}

Constant evaluate_transpose(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const std::size_t rank = data.dims.size();
  const Dims order = take_order(node, rank), strides_before = strides(data.dims);
  if (std::set<std::int64_t>(order.begin(), order.end()).size() != order.size() ||
      order.size() != rank)
    throw Refusal("its order of axes does not fit");
  Dims dims, steps;
  for (const std::int64_t given : order) {
    const int axis = resolve_axis(given, int(rank));
    dims.push_back(data.dims[axis]);
    steps.push_back(strides_before[axis]);
  }
  return gather(data, dims, strided_indices(dims, steps));
}

Constant evaluate_cast(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const auto type = node.attributes.take_int("to", 0);
  node.attributes.take_int("saturate", 1);
  if (is_float_type(type)) return {data.dims, as_floats(data), nullptr};
  if (!is_integer_type(type)) throw Refusal("a cast to this type is not supported");
  std::vector<std::int64_t> values(data.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = data.is_integer() ? (*data.integers)[i] : std::int64_t((*data.floats)[i]);
    if (type == onnx::TensorProto::BOOL) values[i] = data.at(i) != 0;
  }
  return make_constant(data.dims, std::move(values));
}

Constant evaluate_identity(OnnxImport& in, OnnxNode& node) { return operand(in, node, 0); }

Constant evaluate_range(OnnxImport& in, OnnxNode& node) {
  const Constant start = operand(in, node, 0), limit = operand(in, node, 1);
  const Constant delta = operand(in, node, 2);
  if (start.size() != 1 || limit.size() != 1 || delta.size() != 1 || delta.at(0) == 0)
    throw Refusal("its bounds are not single numbers");
  const auto n = std::int64_t(std::max(0.0, std::ceil((limit.at(0) - start.at(0)) / delta.at(0))));
  if (n > 1 << 24) throw Refusal("its result is too large");
  std::vector<float> floats(n);
  std::vector<std::int64_t> integers(n);
  for (std::int64_t i = 0; i < n; ++i) {
    floats[i] = float(start.at(0) + double(i) * delta.at(0));
    integers[i] = std::int64_t(start.at(0)) + i * std::int64_t(delta.at(0));
  }
  return start.is_integer() ? make_constant({n}, std::move(integers))
                            : make_constant({n}, std::move(floats));
}

/// Element-wise in float or int64, with numpy's broadcasting.
template <class Function>
Constant binary(OnnxImport& in, OnnxNode& node) {
  const Constant& a = operand(in, node, 0);
  const Constant& b = operand(in, node, 1);
  const Dims dims = broadcast(a.dims, b.dims);
  if (volume(dims) > kMostComputed) throw Refusal("its result is too large");
  const auto ia = broadcast_indices(a.dims, dims), ib = broadcast_indices(b.dims, dims);
  const auto each = [&](auto zero, const auto& x, const auto& y) {
    std::vector<decltype(zero)> values(ia.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = decltype(zero)(Function()(x[ia[i]], y[ib[i]]));
    return make_constant(dims, std::move(values));
  };
  if (a.is_integer() && b.is_integer()) return each(std::int64_t(0), *a.integers, *b.integers);
  return each(0.f, *as_floats(a), *as_floats(b));
}

struct Quotient {
  template <class Number>
  Number operator()(Number a, Number b) const {
    if constexpr (std::is_integral_v<Number>)
      if (b == 0) throw Refusal("it divides by zero");
    return b == -1 ? -a : a / b;
  }
};

/// Element-wise in double.
template <double (*function)(double)>
Constant unary(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const auto each = [&](auto values) {
    for (auto& v : values) v = std::decay_t<decltype(v)>(function(double(v)));
    return make_constant(data.dims, std::move(values));
  };
  return data.is_integer() ? each(*data.integers) : each(*data.floats);
}

double negated(double v) { return -v; }
double reciprocal(double v) { return 1 / v; }

}  // namespace

const std::unordered_map<std::string, OnnxEvaluator>& evaluators() {
  static const std::unordered_map<std::string, OnnxEvaluator> table{
      {"Constant", evaluate_constant},   {"ConstantOfShape", evaluate_constant_of_shape},
      {"Shape", evaluate_shape},         {"Size", evaluate_size},
      {"Range", evaluate_range},         {"Gather", evaluate_gather},
      {"Reshape", evaluate_reshape},     {"Squeeze", evaluate_reshape},
      {"Unsqueeze", evaluate_reshape},   {"Flatten", evaluate_flatten},
      {"Concat", evaluate_concat},       {"Slice", evaluate_slice},
      {"Transpose", evaluate_transpose}, {"Cast", evaluate_cast},
      {"Identity", evaluate_identity},   {"Add", binary<std::plus<>>},
      {"Sub", binary<std::minus<>>},     {"Mul", binary<std::multiplies<>>},
      {"Div", binary<Quotient>},         {"Sqrt", unary<std::sqrt>},
      {"Neg", unary<negated>},           {"Reciprocal", unary<reciprocal>},
      {"Floor", unary<std::floor>},      {"Ceil", unary<std::ceil>},
  };
  return table;
}

}  // namespace rfmap::importing
