#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>

#include "model/onnx/constants.h"

// Constants whose numbers are moved, repeated or cut.
namespace rfmap::importing {
namespace {

Constant evaluate_identity(OnnxImport& in, OnnxNode& node) { return operand(in, node, 0); }

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

Constant evaluate_dropout(OnnxImport& in, OnnxNode& node) {
  node.attributes.take_float("ratio", 0.5f);
  node.attributes.take_int("seed", 0);
  if (has_operand(node, 2) && single_operand(in, node, 2) != 0)
    throw Refusal("it is in training mode; exporting the network for inference would help");
  Constant data = operand(in, node, 0);
  if (node.outputs.size() > 1 && !node.outputs[1].empty())
    in.set_constant(node.outputs[1],
                    make_constant(data.dims, std::vector<std::int64_t>(data.size(), 1)));
  return data;
}

/// Extents of the joined constants.
Dims joined_dims(const std::vector<const Constant*>& parts, int axis) {
  Dims dims = parts[0]->dims;
  dims[axis] = 0;
  for (const Constant* part : parts) {
    if (part->dims.size() != dims.size()) throw Refusal("its inputs differ in rank");
    if (part->is_integer() != parts[0]->is_integer())
      throw Refusal("it joins integers with floats");
    for (std::size_t i = 0; i < dims.size(); ++i)
      if (int(i) != axis && part->dims[i] != dims[i]) throw Refusal("its inputs differ in extents");
    dims[axis] += part->dims[axis];
  }
  return dims;
}

Constant evaluate_concat(OnnxImport& in, OnnxNode& node) {
  std::vector<const Constant*> parts;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(&operand(in, node, i));
  if (parts.empty()) throw Refusal("it has no inputs");
  const int axis = node.take_axis(0, parts[0]->dims.size());
  const Dims dims = joined_dims(parts, axis);
  moderate_volume(in, dims);
  return with_numbers(*parts[0], [&](const auto& kind) {
    using Number = NumberOf<decltype(kind)>;
    std::vector<Number> joined;
    const std::int64_t outer = volume_before(dims, axis);
    for (std::int64_t o = 0; o < outer; ++o)
      for (const Constant* part : parts) {
        const std::size_t run = part->size() / outer;
        for (std::size_t k = o * run; k < (o + 1) * run; ++k)
          joined.push_back(part->is_integer() ? Number((*part->integers)[k])
                                              : Number((*part->floats)[k]));
      }
    return make_constant(dims, std::move(joined));
  });
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

Constant evaluate_expand(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Dims dims = broadcast(data.dims, as_integers(operand(in, node, 1)));
  moderate_volume(in, dims);
  return gather(data, dims, broadcast_indices(data.dims, dims));
}

/// The index in a constant of `from` of each element of one of `to`; `source` maps an index along
/// an axis. Elements whose index is negative along some axis come from nowhere, `nowhere`.
template <class Source>
std::vector<std::size_t> indices_by_axis(const OnnxImport& in, const Dims& from, const Dims& to,
                                         Source source, std::size_t nowhere) {
  std::vector<std::size_t> indices(moderate_volume(in, to), 0);
  const Dims steps = strides(from);
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    const AlongAxis all(to, int(axis));
    for (std::int64_t i = 0; i < all.n; ++i) {
      const std::int64_t at = source(axis, i);
      for (std::int64_t o = 0; o < all.outer; ++o)
        for (std::int64_t k = 0; k < all.inner; ++k) {
          std::size_t& index = indices[all.at(o, i, k)];
          if (at < 0 || index == nowhere)
            index = nowhere;
          else
            index += std::size_t(at * steps[axis]);
        }
    }
  }
  return indices;
}

Constant evaluate_tile(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Dims& times = as_integers(operand(in, node, 1));
  if (times.size() != data.dims.size()) throw Refusal("its repeats do not fit its input's rank");
  Dims dims = data.dims;
  for (std::size_t i = 0; i < dims.size(); ++i) dims[i] *= times[i];
  const auto source = [&](std::size_t axis, std::int64_t i) { return i % data.dims[axis]; };
  return gather(data, dims, indices_by_axis(in, data.dims, dims, source, SIZE_MAX));
}

/// Where an index outside 0..n-1 is read from; -1 for the filling.
std::int64_t padded_source(std::int64_t i, std::int64_t n, const std::string& mode) {
  if (i >= 0 && i < n) return i;
  if (mode == "constant") return -1;
  if (n == 0) throw Refusal("it repeats the border of an empty tensor");
  if (mode == "edge") return std::clamp<std::int64_t>(i, 0, n - 1);
  if (mode == "wrap") return (i % n + n) % n;
  const std::int64_t period = std::max<std::int64_t>(2 * (n - 1), 1);
  const std::int64_t folded = (i % period + period) % period;
  return std::min(folded, period - folded);
}

Constant evaluate_pad(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const std::string mode = node.attributes.take_string("mode", "constant");
  expect_one_of(mode, "mode", {"constant", "reflect", "edge", "wrap"});
  const auto pads = in.take_integers(node, "pads", 1);
  double fill = node.attributes.take_float("value", 0);
  if (has_operand(node, 2)) fill = single_operand(in, node, 2);
  const std::size_t rank = data.dims.size();
  Dims axes(rank), dims = data.dims, before(rank, 0);
  std::iota(axes.begin(), axes.end(), 0);
  if (has_operand(node, 3)) axes = as_integers(operand(in, node, 3));
  if (!pads || pads->size() != 2 * axes.size()) throw Refusal("its pads do not fit its axes");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int axis = resolve_axis(axes[i], int(rank));
    before[axis] = (*pads)[i];
    dims[axis] += (*pads)[i] + (*pads)[i + axes.size()];
    if (dims[axis] < 0) throw Refusal("it cuts off more than there is");
  }
  const auto source = [&](std::size_t axis, std::int64_t i) {
    return padded_source(i - before[axis], data.dims[axis], mode);
  };
  const auto indices = indices_by_axis(in, data.dims, dims, source, SIZE_MAX);
  return with_numbers(data, [&](const auto& from) {
    std::vector<NumberOf<decltype(from)>> values(indices.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = indices[i] == SIZE_MAX ? NumberOf<decltype(from)>(fill) : from[indices[i]];
    return make_constant(dims, std::move(values));
  });
}

/// Extents of the parts of a Split: given, or equal ones (the last may be smaller).
Dims take_part_extents(OnnxImport& in, OnnxNode& node, std::int64_t extent) {
  const auto count = std::int64_t(node.outputs.size());
  if (node.attributes.take_int("num_outputs", count) != count)
    throw Refusal("num_outputs is not its number of outputs");
  if (const auto given = in.take_integers(node, "split", 1)) return *given;
  Dims parts;
  for (std::int64_t rest = extent; std::int64_t(parts.size()) < count; rest -= parts.back())
    parts.push_back(std::min(rest, (extent + count - 1) / count));
  return parts;
}

Constant evaluate_split(OnnxImport& in, OnnxNode& node) {
  const Constant data = operand(in, node, 0);
  const int axis = node.take_axis(0, data.dims.size());
  const Dims parts = take_part_extents(in, node, data.dims[axis]), steps = strides(data.dims);
  if (parts.size() != node.outputs.size() ||
      std::accumulate(parts.begin(), parts.end(), std::int64_t(0)) != data.dims[axis])
    throw Refusal("its parts do not add up to its input");
  std::int64_t begin = 0;
  Constant first;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Dims dims = data.dims;
    dims[axis] = parts[i];
    Constant part = gather(data, dims, strided_indices(dims, steps, begin * steps[axis]));
    begin += parts[i];
    if (i == 0)
      first = std::move(part);
    else if (!node.outputs[i].empty())
      in.set_constant(node.outputs[i], std::move(part));
  }
  return first;
}

/// A reshape, a transposition and another reshape.
Constant rearranged(const Constant& data, const Dims& seen, const std::vector<int>& order,
                    Dims result) {
  const Dims steps = strides(seen);
  Dims dims, ordered;
  for (const int axis : order) {
    dims.push_back(seen[axis]);
    ordered.push_back(steps[axis]);
  }
  return with_dims(gather(data, dims, strided_indices(dims, ordered)), std::move(result));
}

std::int64_t take_block(OnnxNode& node, const Dims& dims) {
  const std::int64_t block = node.attributes.take_int("blocksize", 0);
  if (block < 1 || dims.size() != 4) throw Refusal("its blocks do not fit its input");
  return block;
}

Constant evaluate_depth_to_space(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const std::int64_t b = take_block(node, data.dims);
  const std::string mode = node.attributes.take_string("mode", "DCR");
  expect_one_of(mode, "mode", {"DCR", "CRD"});
  const Dims& d = data.dims;
  const std::int64_t depth = d[1] / (b * b);
  if (depth * b * b != d[1]) throw Refusal("its channels are no multiple of a block's area");
  const Dims result{d[0], depth, d[2] * b, d[3] * b};
  if (mode == "DCR")
    return rearranged(data, {d[0], b, b, depth, d[2], d[3]}, {0, 3, 4, 1, 5, 2}, result);
  return rearranged(data, {d[0], depth, b, b, d[2], d[3]}, {0, 1, 4, 2, 5, 3}, result);
}

Constant evaluate_space_to_depth(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const std::int64_t b = take_block(node, data.dims);
  const Dims& d = data.dims;
  if (d[2] % b != 0 || d[3] % b != 0) throw Refusal("its sides are no multiples of a block's");
  return rearranged(data, {d[0], d[1], d[2] / b, b, d[3] / b, b}, {0, 3, 5, 1, 2, 4},
                    {d[0], d[1] * b * b, d[2] / b, d[3] / b});
}

Constant evaluate_trilu(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const bool upper = node.attributes.take_int("upper", 1) != 0;
  const std::int64_t shift = has_operand(node, 1) ? whole(single_operand(in, node, 1)) : 0;
  const std::size_t rank = data.dims.size();
  if (rank < 2) throw Refusal("its input is not a matrix");
  const std::int64_t rows = data.dims[rank - 2], columns = data.dims[rank - 1];
  return with_numbers(data, [&](auto values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::int64_t column = std::int64_t(i) % columns;
      const std::int64_t diagonal = std::int64_t(i) / columns % rows + shift;
      if (upper ? column < diagonal : column > diagonal) values[i] = 0;
    }
    return make_constant(data.dims, std::move(values));
  });
}

}  // namespace

const OnnxEvaluators& moving_evaluators() {
  static const OnnxEvaluators table{
      {"Identity", evaluate_identity},
      {"Dropout", evaluate_dropout},
      {"Reshape", evaluate_reshape},
      {"Squeeze", evaluate_reshape},
      {"Unsqueeze", evaluate_reshape},
      {"Flatten", evaluate_flatten},
      {"Concat", evaluate_concat},
      {"Slice", evaluate_slice},
      {"Transpose", evaluate_transpose},
      {"Expand", evaluate_expand},
      {"Tile", evaluate_tile},
      {"Pad", evaluate_pad},
      {"Split", evaluate_split},
      {"DepthToSpace", evaluate_depth_to_space},
      {"SpaceToDepth", evaluate_space_to_depth},
      {"Trilu", evaluate_trilu},
  };
  return table;
}

}  // namespace rfmap::importing
