#include <algorithm>
#include <cmath>

#include "model/onnx/constants.h"
#include "model/onnx/file.h"

// Constants made from attributes, extents and single numbers.
namespace rfmap::importing {
namespace {

Constant typed_values(onnx::TensorProto& tensor, const std::string& folder) {
  Constant values = take_values(tensor, folder);
  values.type = tensor.data_type();
  return values;
}

Constant evaluate_constant(OnnxImport& in, OnnxNode& node) {
  Attributes& a = node.attributes;
  if (onnx::TensorProto* tensor = a.take_tensor("value")) {
    Constant stored = typed_values(*tensor, in.folder());
    in.take_note(stored.size());
    return stored;
  }
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
    fill = typed_values(*tensor, in.folder());
  if (fill.size() != 1) throw Refusal("its value is not a single number");
  return gather(fill, dims, std::vector<std::size_t>(moderate_volume(in, dims), 0));
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

Constant evaluate_range(OnnxImport& in, OnnxNode& node) {
  const Constant start = operand(in, node, 0);
  const double first = single_operand(in, node, 0), limit = single_operand(in, node, 1);
  const double delta = single_operand(in, node, 2);
  if (delta == 0) throw Refusal("its step is zero");
  const double count = std::max(0.0, std::ceil((limit - first) / delta));
  if (!(count <= 1 << 24)) throw Refusal("its result is too large");
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = first + double(i) * delta;
  return like(start, {std::int64_t(values.size())}, values);
}

Constant evaluate_eye_like(OnnxImport& in, OnnxNode& node) {
  const Constant& model = operand(in, node, 0);
  const std::int64_t given_shift = node.attributes.take_int("k", 0);
  const bool is_float = node.attributes.has("dtype")
                            ? is_float_type(node.attributes.take_int("dtype", 0))
                            : !model.is_integer();
  if (model.dims.size() != 2) throw Refusal("its input is not a matrix");
  std::vector<double> values(moderate_volume(in, model.dims), 0);
  const std::int64_t shift = std::clamp(given_shift, -model.dims[0], model.dims[1]);
  for (std::int64_t row = 0; row < model.dims[0]; ++row)
    if (row + shift >= 0 && row + shift < model.dims[1])
      values[row * model.dims[1] + row + shift] = 1;
  return like(is_float ? number(0) : line(Dims{0}), model.dims, values);
}

Constant evaluate_one_hot(OnnxImport& in, OnnxNode& node) {
  const Constant& wanted = operand(in, node, 0);
  const Constant& off_on = operand(in, node, 2);
  const std::int64_t depth = whole(single_operand(in, node, 1));
  if (off_on.size() != 2 || depth < 1) throw Refusal("its values or its depth have no meaning");
  Dims dims = wanted.dims;
  const int axis = resolve_axis(node.attributes.take_int("axis", -1), int(dims.size()) + 1);
  dims.insert(dims.begin() + axis, depth);
  std::vector<std::size_t> indices(moderate_volume(in, dims), 0);
  const AlongAxis all(dims, axis);
  for (std::int64_t o = 0; o < all.outer; ++o)
    for (std::int64_t k = 0; k < all.inner; ++k) {
      const std::int64_t i = whole(wanted.at(o * all.inner + k));
      if (i >= -depth && i < depth) indices[all.at(o, i < 0 ? i + depth : i, k)] = 1;
    }
  return gather(off_on, std::move(dims), indices);
}

}  // namespace

const OnnxEvaluators& creating_evaluators() {
  static const OnnxEvaluators table{
      {"Constant", evaluate_constant}, {"ConstantOfShape", evaluate_constant_of_shape},
      {"Shape", evaluate_shape},       {"Size", evaluate_size},
      {"Range", evaluate_range},       {"EyeLike", evaluate_eye_like},
      {"OneHot", evaluate_one_hot}};
  return table;
}

}  // namespace rfmap::importing
