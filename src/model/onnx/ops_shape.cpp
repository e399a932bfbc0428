#include <algorithm>
#include <utility>

#include "model/onnx/import.h"

// Operations that move values or do nothing to them.
namespace rfmap::importing {
namespace {

/// The node's output equals its first input.
void vanish(OnnxImport& in, const OnnxNode& node) {
  const Value value = in.input(node, 0);
  in.builder.alias(value, node.label());
  in.set(node.outputs[0], value);
}

void import_identity(OnnxImport& in, OnnxNode& node) { vanish(in, node); }

void import_dropout(OnnxImport& in, OnnxNode& node) {
  node.attributes.take_float("ratio", 0.5f);
  node.attributes.take_int("seed", 0);
  const auto training = in.constant_input(node, 2);
  if (training && training->size() > 0 && training->at(0) != 0)
    throw Refusal("it is in training mode; exporting the network for inference would help");
  vanish(in, node);
}

void import_cast(OnnxImport& in, OnnxNode& node) {
  node.attributes.take_int("saturate", 1);
  if (!is_float_type(node.attributes.take_int("to", 0)))
    throw Refusal("a cast to integers is not supported");
  vanish(in, node);
}

void import_reshape(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const bool zero_is_zero = node.attributes.take_int("allowzero", 0) != 0;
  const auto target = in.take_integers(node, "shape", 1);
  if (!target) throw Refusal("its shape is missing");
  const Dims dims = reshaped(input.dims, *target, zero_is_zero);
  in.set(node.outputs[0], reshape(in.builder, node.label(), input, dims));
}

void import_flatten(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const int rank = int(input.dims.size());
  const std::int64_t given = node.attributes.take_int("axis", 1);
  const int axis = given == rank ? rank : resolve_axis(given, rank);
  if (axis != 1) throw Refusal("axis " + std::to_string(given) + " joins the batch with the data");
  in.set(node.outputs[0], flatten(in.builder, node.label(), input, 1));
}

void import_squeeze(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const Dims dims = squeezed(input.dims, in.take_integers(node, "axes", 1));
  in.set(node.outputs[0], reshape(in.builder, node.label(), input, dims));
}

void import_unsqueeze(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const Dims dims = unsqueezed(input.dims, in.take_integers(node, "axes", 1).value_or(Dims{}));
  in.set(node.outputs[0], reshape(in.builder, node.label(), input, dims));
}

void import_transpose(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const int rank = int(input.dims.size());
  Dims order(rank);
  for (int i = 0; i < rank; ++i) order[i] = rank - 1 - i;
  order = node.attributes.take_ints("perm", order);
  std::vector<int> axes;
  for (const std::int64_t axis : order) axes.push_back(resolve_axis(axis, rank));
  in.set(node.outputs[0], transpose(in.builder, node.label(), input, axes));
}

void import_concat(OnnxImport& in, OnnxNode& node) {
  std::vector<Value> inputs;
  inputs.push_back(in.input(node, 0));
  for (std::size_t i = 1; i < node.inputs.size(); ++i) inputs.push_back(in.input(node, i));
  const std::int64_t axis = node.attributes.take_int("axis", 1);
  in.set(node.outputs[0],
         concat(in.builder, node.label(), inputs, resolve_axis(axis, int(inputs[0].dims.size()))));
}

void import_slice(OnnxImport& in, OnnxNode& node) {
  const Value input = in.input(node, 0);
  std::vector<SliceRange> ranges;
  for (const SliceRange& range : take_slices(in, node, input.dims))
    if (range.begin != 0 || range.end != input.dims[range.axis] || range.step != 1)
      ranges.push_back(range);
  if (ranges.empty()) return vanish(in, node);
  Value value = input;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto& [axis, begin, end, step] = ranges[i];
    if (step != 1) throw Refusal("a step of " + std::to_string(step) + " is not supported");
    const bool last = i + 1 == ranges.size();
    value = slice(in.builder, last ? node.label() : Label{node.name + "/axis", {}}, value, axis,
                  {0, to_int(begin, "begin"), to_int(end, "end")});
  }
  in.set(node.outputs[0], value);
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
  std::int64_t total = 0;
  for (const std::int64_t part : parts) total += part;
  if (std::int64_t(parts.size()) != count || total != extent)
    throw Damaged("its parts do not add up to its input's " + std::to_string(extent));
  return parts;
}

void import_split(OnnxImport& in, OnnxNode& node) {
  const Value input = in.input(node, 0);
  const int axis = resolve_axis(node.attributes.take_int("axis", 0), int(input.dims.size()));
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
}

}  // namespace

const OnnxHandlers& shape_handlers() {
  static const OnnxHandlers table{
      {"Identity", import_identity},   {"Dropout", import_dropout},     {"Cast", import_cast},
      {"Reshape", import_reshape},     {"Flatten", import_flatten},     {"Squeeze", import_squeeze},
      {"Unsqueeze", import_unsqueeze}, {"Transpose", import_transpose}, {"Concat", import_concat},
      {"Slice", import_slice},         {"Split", import_split},
  };
  return table;
}

}  // namespace rfmap::importing
