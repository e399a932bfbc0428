#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
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

Constant evaluate_constant(OnnxImport& in, OnnxNode& node) {
  Attributes& a = node.attributes;
  if (onnx::TensorProto* tensor = a.take_tensor("value")) return take_values(*tensor, in.folder());
  if (a.has("value_float"))
    return make_constant({}, std::vector<float>{a.take_float("value_float", 0)});
  if (a.has("value_int"))
    return make_constant({}, std::vector<std::int64_t>{a.take_int("value_int", 0)});
  if (a.has("value_floats")) {
    const auto values = a.take_floats("value_floats");
    return make_constant({std::int64_t(values.size())}, values);
  }
  if (a.has("value_ints")) {
    const auto values = a.take_ints("value_ints");
    return make_constant({std::int64_t(values.size())}, values);
  }
  throw Refusal("only numbers are supported as a constant");
}

Constant evaluate_constant_of_shape(OnnxImport& in, OnnxNode& node) {
  const Dims dims = as_integers(operand(in, node, 0));
  Constant fill = make_constant({1}, std::vector<float>{0});
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
  return make_constant({end - start}, Dims(dims.begin() + start, dims.begin() + end));
}

Constant evaluate_size(OnnxImport& in, OnnxNode& node) {
  return make_constant({}, Dims{volume(dims_of_input(in, node))});
}

Constant evaluate_gather(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Constant& wanted = operand(in, node, 1);
  const int axis = resolve_axis(node.attributes.take_int("axis", 0), int(data.dims.size()));
  const auto middle = data.dims.begin() + axis;
  const std::int64_t outer = volume({data.dims.begin(), middle});
  const std::int64_t inner = volume({middle + 1, data.dims.end()});
  std::vector<std::size_t> indices;
  for (std::int64_t o = 0; o < outer; ++o)
    for (const std::int64_t index : as_integers(wanted)) {
      const int i = resolve_axis(index, int(*middle));
      for (std::int64_t k = 0; k < inner; ++k) indices.push_back((o * *middle + i) * inner + k);
    }
  Dims dims(data.dims.begin(), middle);
  dims.insert(dims.end(), wanted.dims.begin(), wanted.dims.end());
  dims.insert(dims.end(), middle + 1, data.dims.end());
  return gather(data, std::move(dims), indices);
}

Constant evaluate_unsqueeze(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  return with_dims(data, unsqueezed(data.dims, in.take_integers(node, "axes", 1).value_or(Dims{})));
}

Constant evaluate_squeeze(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  return with_dims(data, squeezed(data.dims, in.take_integers(node, "axes", 1)));
}

Constant evaluate_reshape(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const bool zero_is_zero = node.attributes.take_int("allowzero", 0) != 0;
  const auto target = in.take_integers(node, "shape", 1);
  if (!target) throw Refusal("its shape is missing");
  return with_dims(data, reshaped(data.dims, *target, zero_is_zero));
}

Constant evaluate_flatten(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const int rank = int(data.dims.size());
  const std::int64_t axis = node.attributes.take_int("axis", 1);
  const auto middle = data.dims.begin() + (axis == rank ? rank : resolve_axis(axis, rank));
  return with_dims(data, {volume({data.dims.begin(), middle}), volume({middle, data.dims.end()})});
}

Constant evaluate_concat(OnnxImport& in, OnnxNode& node) {
  Dims dims = operand(in, node, 0).dims;
  const int axis = resolve_axis(node.attributes.take_int("axis", 0), int(dims.size()));
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
  dims[axis] = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Constant& part = operand(in, node, i);
    if (part.dims.size() != dims.size()) throw Refusal("its inputs differ in rank");
    dims[axis] += part.dims[axis];
  }
  const std::int64_t outer = volume({dims.begin(), dims.begin() + axis});
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
  Constant result = operand(in, node, 0);
  for (const SliceRange& range : take_slices(in, node, result.dims)) {
    Dims dims = result.dims;
    std::vector<std::size_t> taken;
    for (std::int64_t i = range.begin; range.step > 0 ? i < range.end : i > range.end;
         i += range.step)
      taken.push_back(std::size_t(i));
    const std::size_t outer = volume({dims.begin(), dims.begin() + range.axis});
    const std::size_t inner = volume({dims.begin() + range.axis + 1, dims.end()});
    std::vector<std::size_t> indices;
    for (std::size_t o = 0; o < outer; ++o)
      for (const std::size_t i : taken)
        for (std::size_t k = 0; k < inner; ++k)
          indices.push_back((o * dims[range.axis] + i) * inner + k);
    dims[range.axis] = std::int64_t(taken.size());
    result = gather(result, std::move(dims), indices);
  }
  return result;
}

Constant evaluate_transpose(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const int rank = int(data.dims.size());
  Dims reversed(rank);
  for (int i = 0; i < rank; ++i) reversed[i] = rank - 1 - i;
  const Dims order = node.attributes.take_ints("perm", reversed);
  if (std::set<std::int64_t>(order.begin(), order.end()).size() != order.size() ||
      int(order.size()) != rank)
    throw Refusal("its order of axes does not fit");
  Dims dims(rank), stride(rank, 1), step(rank);
  for (int i = rank - 2; i >= 0; --i) stride[i] = stride[i + 1] * data.dims[i + 1];
  for (int i = 0; i < rank; ++i) {
    dims[i] = data.dims[resolve_axis(order[i], rank)];
    step[i] = stride[resolve_axis(order[i], rank)];
  }
  std::vector<std::size_t> indices(data.size());
  for (std::size_t n = 0; n < indices.size(); ++n) {
    std::size_t rest = n, from = 0;
    for (int i = rank - 1; i >= 0; --i) {
      from += rest % dims[i] * step[i];
      rest /= dims[i];
    }
    indices[n] = from;
  }
  return gather(data, std::move(dims), indices);
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

/// Element-wise in double or int64, with numpy's broadcasting.
template <class Function>
Constant binary(OnnxImport& in, OnnxNode& node, Function function) {
  const Constant& a = operand(in, node, 0);
  const Constant& b = operand(in, node, 1);
  const Dims dims = broadcast(a.dims, b.dims);
  if (volume(dims) > kMostComputed) throw Refusal("its result is too large");
  const auto ia = broadcast_indices(a.dims, dims), ib = broadcast_indices(b.dims, dims);
  const auto each = [&](auto zero, const auto& x, const auto& y) {
    std::vector<decltype(zero)> values(ia.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = decltype(zero)(function(x[ia[i]], y[ib[i]]));
    return make_constant(dims, std::move(values));
  };
  if (a.is_integer() && b.is_integer()) return each(std::int64_t(0), *a.integers, *b.integers);
  return each(0.f, *as_floats(a), *as_floats(b));
}

Constant evaluate_add(OnnxImport& in, OnnxNode& node) {
  return binary(in, node, [](auto a, auto b) { return a + b; });
}
Constant evaluate_sub(OnnxImport& in, OnnxNode& node) {
  return binary(in, node, [](auto a, auto b) { return a - b; });
}
Constant evaluate_mul(OnnxImport& in, OnnxNode& node) {
  return binary(in, node, [](auto a, auto b) { return a * b; });
}
Constant evaluate_div(OnnxImport& in, OnnxNode& node) {
  return binary(in, node, [](auto a, auto b) {
    if constexpr (std::is_integral_v<decltype(a)>)
      if (b == 0) throw Refusal("it divides by zero");
    return b == -1 ? -a : a / b;
  });
}

template <class Function>
Constant unary(OnnxImport& in, OnnxNode& node, Function function) {
  const Constant& data = operand(in, node, 0);
  if (data.is_integer()) {
    std::vector<std::int64_t> values(*data.integers);
    for (std::int64_t& v : values) v = std::int64_t(function(double(v)));
    return make_constant(data.dims, std::move(values));
  }
  std::vector<float> values(*data.floats);
  for (float& v : values) v = float(function(double(v)));
  return make_constant(data.dims, std::move(values));
}

Constant evaluate_sqrt(OnnxImport& in, OnnxNode& node) {
  return unary(in, node, [](double v) { return std::sqrt(v); });
}
Constant evaluate_neg(OnnxImport& in, OnnxNode& node) {
  return unary(in, node, [](double v) { return -v; });
}
Constant evaluate_reciprocal(OnnxImport& in, OnnxNode& node) {
  return unary(in, node, [](double v) { return 1 / v; });
}
Constant evaluate_floor(OnnxImport& in, OnnxNode& node) {
  return unary(in, node, [](double v) { return std::floor(v); });
}
Constant evaluate_ceil(OnnxImport& in, OnnxNode& node) {
  return unary(in, node, [](double v) { return std::ceil(v); });
}

}  // namespace

const std::unordered_map<std::string, OnnxEvaluator>& evaluators() {
  static const std::unordered_map<std::string, OnnxEvaluator> table{
      {"Constant", evaluate_constant}, {"ConstantOfShape", evaluate_constant_of_shape},
      {"Shape", evaluate_shape},       {"Size", evaluate_size},
      {"Gather", evaluate_gather},     {"Unsqueeze", evaluate_unsqueeze},
      {"Squeeze", evaluate_squeeze},   {"Reshape", evaluate_reshape},
      {"Flatten", evaluate_flatten},   {"Concat", evaluate_concat},
      {"Slice", evaluate_slice},       {"Transpose", evaluate_transpose},
      {"Cast", evaluate_cast},         {"Identity", evaluate_identity},
      {"Range", evaluate_range},       {"Add", evaluate_add},
      {"Sub", evaluate_sub},           {"Mul", evaluate_mul},
      {"Div", evaluate_div},           {"Sqrt", evaluate_sqrt},
      {"Neg", evaluate_neg},           {"Reciprocal", evaluate_reciprocal},
      {"Floor", evaluate_floor},       {"Ceil", evaluate_ceil},
  };
  return table;
}

}  // namespace rfmap::importing
