#include "model/emit.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "graph/axes.h"

namespace rfmap::importing {
namespace {

bool enlarges(const Constant& constant, const Value& input) {
  return constant.dims.size() > input.dims.size() ||
         broadcast(constant.dims, input.dims) != input.dims;
}

/// Where the values of a tensor are in its node's map, which is the same for all samples.
std::vector<std::size_t> places_in_map(const Value& value, const Shape& shape) {
  const std::int64_t strides_of_axes[] = {std::int64_t(shape.area()), shape.w, 1};
  Dims dims, steps;
  for (const Digit& digit : in_sequence(value.axes)) {
    dims.push_back(digit.extent);
    steps.push_back(digit.axis == kSamples ? 0 : digit.step * strides_of_axes[digit.axis]);
  }
  return strided_indices(dims, steps);
}

/// One number per channel if all values of a channel agree.
Floats per_channel_if_equal(std::vector<float> values, const Shape& shape) {
  const std::size_t area = shape.area();
  std::vector<float> each;
  for (std::size_t first = 0; first < values.size(); first += area) {
    const auto begin = values.begin() + std::ptrdiff_t(first);
    if (std::any_of(begin, begin + std::ptrdiff_t(area), [&](float v) { return v != *begin; }))
      return std::make_shared<const std::vector<float>>(std::move(values));
    each.push_back(*begin);
  }
  return std::make_shared<const std::vector<float>>(std::move(each));
}

/// All axes of a tensor that hold no samples.
std::vector<int> data_axes(const Value& value) {
  std::vector<int> axes;
  for (int i = 0; i < int(value.dims.size()); ++i)
    if (!is_of_samples(value.axes[i])) axes.push_back(i);
  return axes;
}

/// The same value with some axes of the tensor as one axis of the map, all others as another.
Value gathered(Builder& builder, const Label& label, const Value& input,
               const std::vector<int>& axes, int to, int others) {
  Layout layout;
  for (const int axis : data_axes(input)) {
    const bool named = std::find(axes.begin(), axes.end(), axis) != axes.end();
    layout[named ? to : others].push_back(axis);
  }
  return builder.laid_out(label, input, layout);
}

/// An axis of the map that has one position stands for axes of the tensor that have one.
AxisSet with_some_axis(AxisSet axes, const Shape& map) {
  for (int axis = 0; axis < 3 && axes == AxisSet{}; ++axis)
    axes[axis] = graph::extent(map, axis) == 1;
  if (axes == AxisSet{}) throw Refusal("it runs over axes of one value");
  return axes;
}

/// The value in a layout in which some axes of the tensor are whole axes of the map, and these.
std::pair<Value, AxisSet> with_whole_axes(Builder& builder, const Label& label, const Value& input,
                                          const std::vector<int>& axes, int to, int others) {
  if (const auto whole = whole_axes(input.axes, axes)) return {input, *whole};
  const Value laid = gathered(builder, label, input, axes, to, others);
  const auto whole = whole_axes(laid.axes, axes);
  if (!whole) throw Refusal("it runs over the batch axis");
  return {laid, *whole};
}

/// The axis along which the samples lie; -1 if the value is the same for all.
int samples_axis(const Value& value) {
  for (int axis = 0; axis < int(value.axes.size()); ++axis)
    if (holds_samples(value.axes[axis])) return axis;
  return -1;
}

/// The axis of the samples in a product of matrices of the same rank: a batch axis of both, or of
/// one if the other is the same for all samples; rows of the first; columns of the second.
int samples_of_product(const Value& a, const Value& b) {
  const int of_a = samples_axis(a), of_b = samples_axis(b), rows = int(a.dims.size()) - 2;
  if (of_a < 0 && of_b < 0) return -1;
  const bool shared = of_a >= 0 && of_b >= 0;
  const auto same = [&](int axis) {
    return step_of_samples(a.axes[axis]) == step_of_samples(b.axes[axis]);
  };
  const bool good =
      shared ? of_a == of_b && of_a < rows && same(of_a) : of_a <= rows && of_b != rows;
  const int axis = std::max(of_a, of_b);
  const Value& other = of_a < 0 ? a : b;
  if (!good || (!shared && axis < rows && other.dims[axis] != 1))
    refuse_to_mix(text(a.dims) + " and " + text(b.dims));
  return axis;
}

Value with_leading_axes(Value value, std::size_t rank) {
  const std::size_t more = rank - value.dims.size();
  value.dims.insert(value.dims.begin(), more, 1);
  value.axes.insert(value.axes.begin(), more, {});
  return value;
}

/// Of one sample.
std::int64_t matrices(const Value& value) {
  std::int64_t count = 1;
  for (std::size_t axis = 0; axis + 2 < value.dims.size(); ++axis)
    count *= positions_in_sample(value.axes[axis]);
  return count;
}

/// The last two axes as rows and columns, the others as channels.
Value as_matrices(Builder& builder, const Label& label, const Value& value) {
  const int rows = int(value.dims.size()) - 2;
  Layout layout;
  for (const int axis : data_axes(value)) layout[std::max(0, axis - rows + 1)].push_back(axis);
  return builder.laid_out(label, value, layout);
}

/// Matrices of a batch of `dims`, to which it is broadcast.
Value with_batch(Builder& builder, const Label& label, const Value& value, Dims dims) {
  dims.insert(dims.end(), value.dims.end() - 2, value.dims.end());
  return dims == value.dims ? value : expand(builder, label, value, dims);
}

}  // namespace

Value elementwise(Builder& builder, const Label& label, Elementwise::Kind kind,
                  const std::vector<Value>& inputs) {
  return builder.add(label, Elementwise{kind}, inputs);
}

Floats filled(std::size_t count, float value) {
  return std::make_shared<const std::vector<float>>(count, value);
}

Floats transposed(const Floats& from, std::int64_t rows, std::int64_t columns, float factor) {
  if (!from) return from;
  constexpr std::int64_t kSide = 32;  // squares that stay in the cache
  auto to = std::make_shared<std::vector<float>>(from->size());
  for (std::int64_t top = 0; top < rows; top += kSide)
    for (std::int64_t left = 0; left < columns; left += kSide)
      for (std::int64_t c = left; c < std::min(left + kSide, columns); ++c)
        for (std::int64_t r = top; r < std::min(top + kSide, rows); ++r)
          (*to)[c * rows + r] = factor * (*from)[r * columns + c];
  return to;
}

Floats spread(Builder& builder, const Constant& constant, const Value& input) {
  const Shape shape = builder.shape(input);
  if (!constant.has_values()) return nullptr;
  if (constant.size() == 1) return filled(shape.c, float(constant.at(0)));
  if (enlarges(constant, input))
    throw Refusal("a constant of " + text(constant.dims) + " enlarges its input of " +
                  text(input.dims));
  builder.count_spread(shape.volume());
  const Floats floats = as_floats(constant);
  const std::vector<std::size_t> places = places_in_map(input, shape);
  std::vector<float> values(shape.volume());
  std::size_t next = 0;
  for (const std::size_t i : broadcast_indices(constant.dims, input.dims))
    values[places[next++]] = (*floats)[i];
  next = 0;
  if (builder.samples() > 1)
    for (const std::size_t i : broadcast_indices(constant.dims, input.dims))
      if (values[places[next++]] != (*floats)[i])
        throw Refusal("a constant differs between samples of the batch");
  return per_channel_if_equal(std::move(values), shape);
}

Floats spread_per_channel(Builder& builder, const Constant& constant, const Value& input) {
  Floats values = spread(builder, constant, input);
  if (int(values->size()) != builder.shape(input).c)
    throw Refusal("its constant of " + text(constant.dims) + " is not one number per channel");
  return values;
}

Value affine(Builder& builder, const Label& label, const Value& input,
             const std::optional<Constant>& scale, const std::optional<Constant>& shift) {
  const Label before{label.name + "/scaled", {}}, made{label.name + "/constant", {}};
  if (scale && enlarges(*scale, input)) {
    const Value wide = elementwise(builder, shift ? before : label, Elementwise::Kind::product,
                                   {input, constant_value(builder, made, *scale)});
    return shift ? affine(builder, label, wide, std::nullopt, shift) : wide;
  }
  if (shift && enlarges(*shift, input)) {
    const Value scaled = scale ? affine(builder, before, input, scale, std::nullopt) : input;
    return elementwise(builder, label, Elementwise::Kind::sum,
                       {scaled, constant_value(builder, made, *shift)});
  }
  Affine op;
  if (scale) op.scale = spread(builder, *scale, input);
  if (shift) op.shift = spread(builder, *shift, input);
  const std::size_t channels = builder.shape(input).c, all = builder.shape(input).volume();
  const bool whole =
      (op.scale && op.scale->size() != channels) || (op.shift && op.shift->size() != channels);
  const auto complete = [&](Floats& values, float otherwise) {
    if (whole && (!values || values->size() != all)) builder.count_spread(all);
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
  return builder.add_in_place(label, std::move(op), {input});
}

std::pair<Value, AxisSet> along_axes(Builder& builder, const Label& label, const Value& input,
                                     const std::vector<int>& axes) {
  const auto [laid, whole] = with_whole_axes(builder, label, input, axes, 0, 1);
  return {laid, with_some_axis(whole, builder.shape(laid))};
}

Value reduce(Builder& builder, const Label& label, const Value& input, Reduce::Kind kind,
             const std::vector<int>& axes, Reduced how) {
  const auto [laid, whole] = with_whole_axes(builder, label, input, axes, 1, 0);
  Result result{laid.dims, laid.axes, laid.on_grid};
  for (const int axis : axes) result.dims[axis] = 1, result.axes[axis].clear();
  if (how == Reduced::drop) {
    std::vector<int> dropped = axes;
    std::sort(dropped.rbegin(), dropped.rend());
    for (const int axis : dropped) {
      result.dims.erase(result.dims.begin() + axis);
      result.axes.erase(result.axes.begin() + axis);
    }
  }
  if (std::none_of(whole.begin(), whole.end(), [](bool w) { return w; }))
    return builder.moved(label, laid, std::move(result.dims), std::move(result.axes));
  return builder.add_on_maps(label, Reduce{kind, whole}, {laid}, std::move(result));
}

Value global_pool(Builder& builder, const Label& label, const Value& input, Pool::Kind kind) {
  std::vector<int> space(input.dims.size() - 2);
  std::iota(space.begin(), space.end(), 2);
  const auto reduction = kind == Pool::Kind::max ? Reduce::Kind::maximum : Reduce::Kind::mean;
  return reduce(builder, label, input, reduction, space, Reduced::keep);
}

Value linear(Builder& builder, const Label& label, const Value& given, const Floats& weights,
             int out, const Floats& bias) {
  const int last = int(given.dims.size()) - 1;
  if (holds_samples(given.axes[last])) throw Refusal("it multiplies along the batch axis");
  const auto whole = whole_axes(given.axes, {last});
  const bool channels_last = whole && (*whole)[0] && !(*whole)[1] && !(*whole)[2];
  const bool one = given.dims[last] == 1 && builder.shape(given).c == 1;
  Value input = given;
  if (!one && !(channels_last && given.axes[last].size() == 1))
    input = builder.laid_out(label, given, with_axis(present_layout(given.axes), last, 0));
  Result result{input.dims, input.axes, input.on_grid};
  result.dims[last] = out;
  result.axes[last] = joined({{out, 0, 1}});
  const Shape shape = builder.shape(input);
  if (shape.area() == 1)
    return builder.add_on_maps(label, FullyConnected{out, weights, bias}, {input},
                               std::move(result));
  Conv op;
  op.out_channels = out;
  op.weights = weights;
  op.bias = bias;
  return builder.add_on_maps(label, std::move(op), {input}, std::move(result));
}

Value matrix_product(Builder& builder, const Label& label, const Value& first,
                     const Value& second) {
  if (std::min(first.dims.size(), second.dims.size()) < 2)
    throw Refusal("products with a vector are not supported");
  const std::size_t rank = std::max(first.dims.size(), second.dims.size());
  const auto pair = builder.with_equal_samples(
      label, {with_leading_axes(first, rank), with_leading_axes(second, rank)}, rank - 2);
  const int rows = int(rank) - 2, columns = int(rank) - 1;
  const int samples = samples_of_product(pair[0], pair[1]);
  const Dims batch = broadcast({pair[0].dims.begin(), pair[0].dims.end() - 2},
                               {pair[1].dims.begin(), pair[1].dims.end() - 2});
  int parts = 1;  // positions of one sample along the axis of the samples
  if (samples >= 0)
    for (const Value& value : pair)
      parts = std::max(parts, positions_in_sample(value.axes[samples]));
  const auto operand = [&](const Value& value, const Dims& wide, const std::string& suffix) {
    Dims dims = wide;
    if (samples >= 0 && samples < rows)
      dims[samples] = holds_samples(value.axes[samples])
                          ? value.dims[samples]
                          : std::min<std::int64_t>(parts, wide[samples]);
    return as_matrices(builder, label, with_batch(builder, {label.name + suffix, {}}, value, dims));
  };
  const bool one_matrix = matrices(pair[1]) == 1;
  const Value a = operand(pair[0], batch, "/first");
  const Value b = operand(pair[1], one_matrix ? Dims(batch.size(), 1) : batch, "/second");
  if (a.dims[columns] != b.dims[rows])
    throw ModelError("matrices of " + text(first.dims) + " and " + text(second.dims) +
                     " cannot be multiplied");
  Result result{a.dims, a.axes, false};
  result.dims[columns] = b.dims[columns];
  result.axes[columns] = joined({{int(b.dims[columns]), 2, 1}});
  if (samples >= 0 && holds_samples(b.axes[samples])) {
    result.dims[samples] = b.dims[samples];
    result.axes[samples] = b.axes[samples];
  }
  return builder.add_on_maps(label, MatMul{}, {a, b}, std::move(result));
}

}  // namespace rfmap::importing
