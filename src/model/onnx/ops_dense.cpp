#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/onnx/import.h"

// Matrix products, softmax and means over space.
namespace rfmap::importing {
namespace {

Floats scaled(const Floats& from, float factor) {
  if (factor == 1) return from;
  auto to = std::make_shared<std::vector<float>>(*from);
  for (float& v : *to) v *= factor;
  return to;
}

/// Weights [out, in] of a product with a matrix, [in, out] or (`is_transposed`) [out, in].
FullyConnected dense_op(const Constant& matrix, bool is_transposed, float factor) {
  const std::int64_t rows = matrix.dims[0], columns = matrix.dims[1];
  const Floats floats = as_floats(matrix);
  if (is_transposed) return {to_int(rows, "a side"), scaled(floats, factor), nullptr};
  return {to_int(columns, "a side"), transposed(floats, rows, columns, factor), nullptr};
}

/// The vector that a matrix is multiplied with; its length must fit.
const Value& vector_input(const OnnxImport& in, const OnnxNode& node, const Constant& matrix,
                          bool is_transposed) {
  const Value& input = in.input(node, 0);
  if (input.dims.size() != 2)
    throw Refusal("only vectors (rank 2) are supported as first input, not " + text(input.dims));
  const std::int64_t wanted = matrix.dims.at(is_transposed ? 1 : 0);
  if (input.dims[1] != wanted)
    throw ModelError(fmt::format("it takes {} values and is given {}", wanted, input.dims[1]));
  return input;
}

Constant matrix_input(OnnxImport& in, const OnnxNode& node) {
  const auto matrix = in.constant_input(node, 1);
  if (!matrix || matrix->dims.size() != 2) throw Refusal("its second input is not a matrix");
  return *matrix;
}

Value import_gemm(OnnxImport& in, OnnxNode& node) {
  Attributes& a = node.attributes;
  const float alpha = a.take_float("alpha", 1), beta = a.take_float("beta", 1);
  if (a.take_int("transA", 0) != 0) throw Refusal("transA is not supported");
  const bool is_transposed = a.take_int("transB", 0) != 0;
  const Constant matrix = matrix_input(in, node);
  const Value& input = vector_input(in, node, matrix, is_transposed);
  FullyConnected op = dense_op(matrix, is_transposed, alpha);
  if (const auto bias = in.constant_input(node, 2)) {
    const Value output{-1, {input.dims[0], op.out}, 0, {}};
    op.bias = scaled(spread(*bias, output), beta);
  }
  return in.builder.add(node.label(), std::move(op), {input});
}

Value import_matmul(OnnxImport& in, OnnxNode& node) {
  const Constant matrix = matrix_input(in, node);
  const Value& input = vector_input(in, node, matrix, false);
  return in.builder.add(node.label(), dense_op(matrix, false, 1), {input});
}

/// Before opset 13 the axes from `axis` on are treated as one; so at most one of them may be longer
/// than 1, or the softmax is over all of them.
Value import_flat_softmax(OnnxImport& in, OnnxNode& node, const Value& input, Softmax::Kind kind) {
  const int rank = int(input.dims.size()), first = node.take_axis(1, rank);
  if (first == 0) throw Refusal("it runs over the batch axis");
  std::vector<int> longer;
  for (int axis = first; axis < rank; ++axis)
    if (input.dims[axis] > 1) longer.push_back(axis);
  if (longer.size() > 1 && first > 1)
    throw Refusal("a softmax over several axes but not all is not supported");
  if (longer.size() > 1) return in.builder.add(node.label(), Softmax{kOverAll, kind}, {input});
  return softmax(in.builder, node.label(), input, longer.empty() ? first : longer.front(), kind);
}

Value import_softmax(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const auto kind =
      node.operation == "LogSoftmax" ? Softmax::Kind::logarithm : Softmax::Kind::probability;
  if (in.opset < 13) return import_flat_softmax(in, node, input, kind);
  return softmax(in.builder, node.label(), input, node.take_axis(-1, input.dims.size()), kind);
}

/// Over the last axis; scale and shift become a separate node.
Value import_layer_norm(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const int rank = int(input.dims.size()), axis = node.take_axis(-1, rank);
  if (axis == 0 || axis + 1 < rank) throw Refusal("it is supported over the last axis only");
  node.attributes.take_int("stash_type", 1);
  const Normalisation op{Normalisation::Kind::standard, one_axis(axis - 1),
                         node.attributes.take_float("epsilon", 1e-5f)};
  const auto scale = in.constant_input(node, 1), shift = in.constant_input(node, 2);
  const Value line = in.builder.add(node.helper("/normalised"), op, {input});
  return affine(in.builder, node.label(), line, scale, shift);
}

Value import_global_pool(OnnxImport& in, OnnxNode& node) {
  const auto kind = node.operation == "GlobalMaxPool" ? Pool::Kind::max : Pool::Kind::average;
  return global_pool(in.builder, node.label(), in.input(node, 0), kind, true);
}

/// Mean or maximum over all axes of space.
Value import_reduce(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const int rank = int(input.dims.size());
  const bool keep = node.attributes.take_int("keepdims", 1) != 0;
  const bool none_means_none = node.attributes.take_int("noop_with_empty_axes", 0) != 0;
  std::vector<int> axes;
  for (const std::int64_t axis : in.take_integers(node, "axes", 1).value_or(Dims{}))
    axes.push_back(resolve_axis(axis, rank));
  if (axes.empty() && none_means_none) return in.builder.alias(input, node.label());
  std::sort(axes.begin(), axes.end());
  std::vector<int> space;
  for (int axis = 2; axis < rank; ++axis) space.push_back(axis);
  if (axes != space || space.empty())
    throw Refusal("it is supported over all axes of space only (2 and 3)");
  const auto kind = node.operation == "ReduceMax" ? Pool::Kind::max : Pool::Kind::average;
  return global_pool(in.builder, node.label(), input, kind, keep);
}

}  // namespace

const OnnxHandlers& dense_handlers() {
  static const OnnxHandlers table{{"Gemm", import_gemm},
                                  {"MatMul", import_matmul},
                                  {"Softmax", import_softmax},
                                  {"LogSoftmax", import_softmax},
                                  {"LayerNormalization", import_layer_norm},
                                  {"GlobalAveragePool", import_global_pool},
                                  {"GlobalMaxPool", import_global_pool},
                                  {"ReduceMean", import_reduce},
                                  {"ReduceMax", import_reduce}};
  return table;
}

}  // namespace rfmap::importing
