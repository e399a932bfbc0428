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
  const Dims dims{volume({input.dims.begin(), input.dims.begin() + axis}),
                  volume({input.dims.begin() + axis, input.dims.end()})};
  return reshape(in.builder, node.label(), input, dims);
}

Value import_transpose(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const std::size_t rank = input.dims.size();
  std::vector<int> order;
  for (const std::int64_t axis : take_order(node, rank))
    order.push_back(resolve_axis(axis, int(rank)));
  return transpose(in.builder, node.label(), input, order);
}

Value import_depth_to_space(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  expect_map(input);
  const std::int64_t b = node.attributes.take_int("blocksize", 0);
  const std::string mode = node.attributes.take_string("mode", "DCR");
  const std::int64_t n = input.dims[0], h = input.dims[2], w = input.dims[3];
  if (b < 1 || input.dims[1] % (b * b) != 0)
    throw Damaged("its block of " + std::to_string(b) + " does not divide " +
                  std::to_string(input.dims[1]) + " channels");
  if (mode != "DCR" && mode != "CRD") throw Refusal("mode '" + mode + "' is not understood");
  const std::int64_t c = input.dims[1] / (b * b);
  const Dims to{n, c, h * b, w * b};
  return mode == "DCR" ? regrouped(in.builder, node.label(), input, {n, b, b, c, h, w},
                                   {0, 3, 4, 1, 5, 2}, to)
                       : regrouped(in.builder, node.label(), input, {n, c, b, b, h, w},
                                   {0, 1, 4, 2, 5, 3}, to);
}

Value import_space_to_depth(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  expect_map(input);
  const std::int64_t b = node.attributes.take_int("blocksize", 0);
  const std::int64_t n = input.dims[0], c = input.dims[1], h = input.dims[2], w = input.dims[3];
  if (b < 1 || h % b != 0 || w % b != 0)
    throw Damaged("its block of " + std::to_string(b) + " does not divide a map of " +
                  text(input.dims));
  return regrouped(in.builder, node.label(), input, {n, c, h / b, b, w / b, b}, {0, 3, 5, 1, 2, 4},
                   {n, c * b * b, h / b, w / b});
}

Value import_concat(OnnxImport& in, OnnxNode& node) {
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    inputs.push_back(in.value_or_constant(node, i));
  const int axis = node.take_axis(1, inputs[0].dims.size());
  return concat(in.builder, node.label(), inputs, axis);
}

Value import_slice(OnnxImport& in, OnnxNode& node) {
  Value value = in.input(node, 0);
  std::vector<SliceRange> ranges = take_slices(in, node, value.dims);
  std::erase_if(ranges, [&](const SliceRange& range) {
    return range.begin == 0 && range.end >= value.dims[range.axis] && range.step == 1;
  });
  if (ranges.empty()) return import_identity(in, node);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto& [axis, begin, end, step] = ranges[i];
    const std::int64_t length = step > 0 ? end - begin : begin - end, by = std::abs(step);
    const bool last = i + 1 == ranges.size();
    value = slice(in.builder, last ? node.label() : node.helper("/axis"), value, axis,
                  {begin, (length + by - 1) / by, step});
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
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < parts.size(); begin += parts[i++]) {
    const std::string& tensor = node.outputs[i];
    // Parts are named after their tensors: the node's own name would be ambiguous.
    if (!tensor.empty())
      in.set(tensor, slice(in.builder, {parts.size() == 1 ? node.name : tensor, {tensor}}, input,
                           axis, {begin, parts[i], 1}));
  }
  return in.value(node.outputs[0]);
}

/// An axis as the axes of a tensor of indices.
Value with_axes(Value value, int axis, const Dims& dims) {
  auto split = divided(value.axes[axis], dims);
  if (!split) throw Refusal("its indices of " + text(dims) + " cannot be followed");
  value.dims.erase(value.dims.begin() + axis);
  value.dims.insert(value.dims.begin() + axis, dims.begin(), dims.end());
  value.axes.erase(value.axes.begin() + axis);
  value.axes.insert(value.axes.begin() + axis, split->begin(), split->end());
  return value;
}

/// Positions of equal distance; nothing if they are not.
std::optional<Positions> even_positions(const std::vector<std::int64_t>& at) {
  const std::int64_t step = at.size() > 1 ? at[1] - at[0] : 1;
  for (std::size_t i = 1; i < at.size(); ++i)
    if (at[i] - at[i - 1] != step) return std::nullopt;
  if (step == 0) return std::nullopt;
  return Positions{at[0], std::int64_t(at.size()), step};
}

/// With constant indices.
Value import_gather(OnnxImport& in, OnnxNode& node) {
  constexpr std::size_t kMostParts = 256;
  const Value input = in.input(node, 0);
  const auto indices = in.constant_input(node, 1);
  if (!indices) throw Refusal("its indices are missing");
  const int axis = node.take_axis(0, input.dims.size());
  std::vector<std::int64_t> at;
  for (const std::int64_t i : as_integers(*indices))
    at.push_back(resolve_axis(i, int(input.dims[axis])));
  if (at.empty()) throw Refusal("it takes nothing");
  const Label label = indices->dims.size() == 1 ? node.label() : Label{node.name, {}};
  const auto finished = [&](const Value& taken) {
    if (indices->dims.size() == 1) return taken;
    return in.builder.alias(with_axes(taken, axis, indices->dims), node.label());
  };
  if (const auto even = even_positions(at))
    return finished(slice(in.builder, label, input, axis, *even));
  if (at.size() > kMostParts) throw Refusal("it takes more than 256 single positions");
  std::vector<Value> parts;
  for (const std::int64_t i : at)
    parts.push_back(
        slice(in.builder, node.helper("/" + std::to_string(i)), input, axis, {i, 1, 1}));
  return finished(concat(in.builder, label, parts, axis));
}

Value import_expand(OnnxImport& in, OnnxNode& node) {
  const auto dims = in.take_integers(node, "shape", 1);
  if (!dims) throw Refusal("its shape is missing");
  return expand(in.builder, node.label(), in.input(node, 0), *dims);
}

Value import_tile(OnnxImport& in, OnnxNode& node) {
  const auto repeats = in.take_integers(node, "repeats", 1);
  if (!repeats) throw Refusal("its repeats are missing");
  return tile(in.builder, node.label(), in.input(node, 0), *repeats);
}

}  // namespace

const OnnxHandlers& shape_handlers() {
  static const OnnxHandlers table{
      {"Identity", import_identity},
      {"Dropout", import_dropout},
      {"CastLike", import_identity},
      {"Reshape", import_reshape},
      {"Flatten", import_flatten},
      {"Squeeze", import_reshape},
      {"Unsqueeze", import_reshape},
      {"Transpose", import_transpose},
      {"DepthToSpace", import_depth_to_space},
      {"SpaceToDepth", import_space_to_depth},
      {"Concat", import_concat},
      {"Slice", import_slice},
      {"Split", import_split},
      {"Gather", import_gather},
      {"Expand", import_expand},
      {"Tile", import_tile},
  };
  return table;
}

}  // namespace rfmap::importing
