#include <algorithm>
#include <numeric>
#include <utility>

#include "model/onnx/import.h"

// Operations that move values or do nothing to them.
namespace rfmap::importing {
namespace {

Value import_identity(OnnxImport& in, OnnxNode& node) {
  return in.builder.alias(in.input(node, 0), node.label());
}

Value import_dropout(OnnxImport& in, OnnxNode& node) {
  node.attributes.take_float("ratio", 0.5f);
  node.attributes.take_int("seed", 0);
  const auto training = in.constant_input(node, 2);
  if (training && training->size() > 0 && training->at(0) != 0)
    throw Refusal("it is in training mode; exporting the network for inference would help");
  return import_identity(in, node);
}

/// Reshape, Squeeze, Unsqueeze.
Value import_reshape(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  return reshape(in.builder, node.label(), input, take_new_dims(in, node, input.dims));
}

Value import_flatten(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const int rank = int(input.dims.size());
  const std::int64_t given = node.attributes.take_int("axis", 1);
  const int axis = given == rank ? rank : resolve_axis(given, rank);
  if (axis != 1) throw Refusal("axis " + std::to_string(given) + " joins the batch with the data");
  return flatten(in.builder, node.label(), input, 1);
}

Value import_transpose(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const std::size_t rank = input.dims.size();
  std::vector<int> order;
  for (const std::int64_t axis : take_order(node, rank))
    order.push_back(resolve_axis(axis, int(rank)));
  return transpose(in.builder, node.label(), input, order);
}

Value import_concat(OnnxImport& in, OnnxNode& node) {
  std::vector<Value> inputs{in.input(node, 0)};
  for (std::size_t i = 1; i < node.inputs.size(); ++i) inputs.push_back(in.input(node, i));
  const int axis = node.take_axis(1, inputs[0].dims.size());
  return concat(in.builder, node.label(), inputs, axis);
}

Value import_slice(OnnxImport& in, OnnxNode& node) {
  Value value = in.input(node, 0);
  std::vector<SliceRange> ranges = take_slices(in, node, value.dims);
  std::erase_if(ranges, [&](const SliceRange& range) {
    return range.begin == 0 && range.end == value.dims[range.axis] && range.step == 1;
  });
  if (ranges.empty()) return import_identity(in, node);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto& [axis, begin, end, step] = ranges[i];
    if (step != 1) throw Refusal("a step of " + std::to_string(step) + " is not supported");
    const bool last = i + 1 == ranges.size();
    value = slice(in.builder, last ? node.label() : node.helper("/axis"), value, axis,
                  {0, to_int(begin, "begin"), to_int(end, "end")});
  }
  return value;
}

/// Extents of the parts of Split: attribute (opset below 13), input, or equal parts.
Dims take_parts(OnnxImport& in, OnnxNode& node, std::int64_t extent) {
  const auto count = std::int64_t(node.outputs.size());
  if (node.attributes.take_int("num_outputs", count) != count)
    throw Refusal("num_outputs is not its number of outputs");
  Dims parts;
  if (const auto given = in.take_integers(node, "split", 1)) {
    parts = *given;
  } else {
    for (std::int64_t i = 0, rest = extent; i < count; ++i, rest -= parts.back())
      parts.push_back(std::min(rest, (extent + count - 1) / count));
  }
  if (std::int64_t(parts.size()) != count ||
      std::accumulate(parts.begin(), parts.end(), std::int64_t(0)) != extent)
    throw Damaged("its parts do not add up to its input's " + std::to_string(extent));
  return parts;
}

Value import_split(OnnxImport& in, OnnxNode& node) {
  const Value input = in.input(node, 0);
  const int axis = node.take_axis(0, input.dims.size());
  const Dims parts = take_parts(in, node, input.dims[axis]);
  int begin = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const int end = begin + to_int(parts[i], "a part");
    const std::string& tensor = node.outputs[i];
    // Parts are named after their tensors: the node's own name would be ambiguous.
    if (!tensor.empty())
      in.set(tensor, slice(in.builder, {parts.size() == 1 ? node.name : tensor, {tensor}}, input,
                           axis, {0, begin, end}));
    begin = end;
  }
  return in.value(node.outputs[0]);
}

}  // namespace

const OnnxHandlers& shape_handlers() {
  static const OnnxHandlers table{
      {"Identity", import_identity},   {"Dropout", import_dropout}, {"Reshape", import_reshape},
      {"Flatten", import_flatten},     {"Squeeze", import_reshape}, {"Unsqueeze", import_reshape},
      {"Transpose", import_transpose}, {"Concat", import_concat},   {"Slice", import_slice},
      {"Split", import_split},
  };
  return table;
}

}  // namespace rfmap::importing
