#include "model/emit.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

namespace rfmap::importing {
namespace {

[[noreturn]] void misfit(const Dims& from, const Dims& target) {
  throw ModelError("a tensor of " + text(from) + " cannot be reshaped to " + text(target));
}

/// [N, C, H, W] -> [N, groups, C / groups, H, W]
bool splits_channels(const Dims& from, const Dims& to) {
  return from.size() == 4 && to.size() == 5 && to[1] * to[2] == from[1] && to[3] == from[2] &&
         to[4] == from[3];
}

Value end_shuffle(Builder& builder, const Label& label, const Value& input, const Dims& dims) {
  if (!splits_channels(dims, input.dims))
    throw Refusal("a rank of 5 is supported only where channels are shuffled");
  const Value source{input.node, dims};
  Value output = builder.add(label, ChannelShuffle{input.shuffled}, {source});
  for (const std::string& name : input.pending) builder.alias(output, {name, {}});
  return output;
}

}  // namespace

Dims reshaped(const Dims& from, const Dims& target, bool zero_is_zero) {
  const std::int64_t total = volume(from);
  Dims to = target;
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] == 0 && !zero_is_zero) {
      if (i >= from.size()) misfit(from, target);
      to[i] = from[i];
    }
    if (to[i] < -1 || (to[i] == -1 && open >= 0)) misfit(from, target);
    if (to[i] == -1)
      open = int(i);
    else if (to[i] > 0 && known > total / to[i])
      misfit(from, target);
    else
      known *= to[i];
  }
  if (open >= 0) {
    if (known < 1 || total % known != 0) misfit(from, target);
    to[open] = total / known;
  }
  if (volume(to) != total) misfit(from, target);
  return to;
}

Value reshape(Builder& builder, const Label& label, const Value& input, const Dims& dims) {
  if (dims.empty() || dims[0] != input.dims[0])
    throw Refusal("it moves data between the batch and the other axes (" + text(input.dims) +
                  " to " + text(dims) + ")");
  if (input.shuffled) return end_shuffle(builder, label, input, dims);
  if (dims.size() == 5) {
    if (!splits_channels(input.dims, dims))
      throw Refusal("a rank of 5 is supported only where channels are shuffled");
    return {input.node, dims, 0, {label.name}};
  }
  return builder.add_shaped(label, Reshape{}, {input}, dims);
}

Value flatten(Builder& builder, const Label& label, const Value& input, int axis) {
  if (axis == 0) throw Refusal("it joins the batch with the data (axis 0)");
  Dims dims(input.dims.begin(), input.dims.begin() + axis);
  dims.push_back(volume({input.dims.begin() + axis, input.dims.end()}));
  return reshape(builder, label, input, dims);
}

Value transpose(Builder& builder, const Label& label, const Value& input,
                const std::vector<int>& order) {
  const int rank = int(input.dims.size());
  std::vector<int> sorted = order, axes(rank);
  std::sort(sorted.begin(), sorted.end());
  std::iota(axes.begin(), axes.end(), 0);
  if (sorted != axes)
    throw Refusal("its order of axes does not fit a tensor of rank " + std::to_string(rank));
  if (order[0] != 0) throw Refusal("it moves the batch axis");
  if (rank == 5) {
    if (order != std::vector<int>{0, 2, 1, 3, 4} || input.shuffled)
      throw Refusal("a rank of 5 is supported only where channels are shuffled");
    Value turned = input;
    turned.shuffled = int(input.dims[1]);
    std::swap(turned.dims[1], turned.dims[2]);
    turned.pending.push_back(label.name);
    return turned;
  }
  Transpose op;
  Dims dims = input.dims;
  for (int i = 1; i < rank; ++i) {
    op.order[i - 1] = order[i] - 1;
    dims[i] = input.dims[order[i]];
  }
  return builder.add(label, op, {input});
}

Value concat(Builder& builder, const Label& label, const std::vector<Value>& inputs, int axis) {
  if (axis == 0) throw Refusal("it joins along the batch axis");
  for (const Value& input : inputs)
    if (input.dims.size() != inputs.front().dims.size())
      throw Refusal("it joins tensors of different ranks");
  return builder.add(label, Concat{axis - 1}, inputs);
}

Value slice(Builder& builder, const Label& label, const Value& input, int axis,
            const Slice& range) {
  if (axis == 0) throw Refusal("it cuts the batch axis");
  return builder.add(label, Slice{axis - 1, range.begin, range.end}, {input});
}

Value elementwise(Builder& builder, const Label& label, Elementwise::Kind kind,
                  const std::vector<Value>& inputs) {
  Dims common = inputs.front().dims;
  for (const Value& input : inputs) {
    if (input.dims.size() != common.size())
      throw Refusal("inputs of " + text(common) + " and " + text(input.dims) + " have different ranks");
    common = broadcast(common, input.dims);
  }
  return builder.add(label, Elementwise{kind}, inputs);
}

Floats filled(std::size_t count, float value) {
  return std::make_shared<const std::vector<float>>(count, value);
}

Floats transposed(const Floats& from, std::int64_t rows, std::int64_t columns, float factor) {
  auto to = std::make_shared<std::vector<float>>(from->size());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      (*to)[c * rows + r] = factor * (*from)[r * columns + c];
  return to;
}

Floats spread(const Constant& constant, const Value& input) {
  const Shape shape = map_shape(input.dims);
  if (constant.dims.size() > input.dims.size() ||
      broadcast(constant.dims, input.dims) != input.dims)
    throw Refusal("a constant of " + text(constant.dims) + " enlarges its input of " +
                  text(input.dims));
  Dims narrow(input.dims.size() - constant.dims.size(), 1);
  narrow.insert(narrow.end(), constant.dims.begin(), constant.dims.end());
  if (narrow[0] != 1) throw Refusal("a constant differs between samples of the batch");
  if (constant.size() == 1) return filled(shape.c, float(constant.at(0)));
  Floats floats = as_floats(constant);
  if (std::int64_t(constant.size()) == narrow[1] && narrow[1] == input.dims[1]) return floats;
  const Dims wide(input.dims.begin() + 1, input.dims.end());
  auto values = std::make_shared<std::vector<float>>();
  for (const std::size_t i : broadcast_indices({narrow.begin() + 1, narrow.end()}, wide))
    values->push_back((*floats)[i]);
  return values;
}

Floats spread_per_channel(const Constant& constant, const Value& input) {
  Floats values = spread(constant, input);
  if (int(values->size()) != map_shape(input.dims).c)
    throw Refusal("its constant of " + text(constant.dims) + " is not one number per channel");
  return values;
}

Value affine(Builder& builder, const Label& label, const Value& input,
             const std::optional<Constant>& scale, const std::optional<Constant>& shift) {
  Affine op;
  if (scale) op.scale = spread(*scale, input);
  if (shift) op.shift = spread(*shift, input);
  const std::size_t channels = map_shape(input.dims).c, all = map_shape(input.dims).volume();
  const bool whole =
      (op.scale && op.scale->size() != channels) || (op.shift && op.shift->size() != channels);
  const auto complete = [&](Floats& values, float otherwise) {
    if (!values) {
      values = filled(whole ? all : channels, otherwise);
    } else if (whole && values->size() != all) {
      auto wide = std::make_shared<std::vector<float>>(all);
      for (std::size_t i = 0; i < all; ++i) (*wide)[i] = (*values)[i / (all / channels)];
      values = std::move(wide);
    }
  };
  complete(op.scale, 1);
  complete(op.shift, 0);
  return builder.add(label, std::move(op), {input});
}

Value softmax(Builder& builder, const Label& label, const Value& input, int axis) {
  if (axis == 0) throw Refusal("it runs over the batch axis");
  return builder.add(label, Softmax{axis - 1, false}, {input});
}

Value global_pool(Builder& builder, const Label& label, const Value& input, Pool::Kind kind,
                  bool keep) {
  Value output = builder.add(label, GlobalPool{kind}, {input});
  if (!keep) output.dims.resize(2);
  return output;
}

}  // namespace rfmap::importing
