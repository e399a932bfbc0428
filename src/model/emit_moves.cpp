#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "graph/axes.h"
#include "model/emit.h"

// Operations that change extents, order and number of values, not the values.
namespace rfmap::importing {
namespace {

[[noreturn]] void misfit(const Dims& from, const Dims& target) {
  throw ModelError("a tensor of " + text(from) + " cannot be reshaped to " + text(target));
}

/// The only digit of an axis, if no other digit along the map's axis has a larger step.
const Digit* leading_digit(const Axes& axes, int dim) {
  if (axes[dim].size() != 1 || axes[dim][0].axis == kSamples) return nullptr;
  const Digit& digit = axes[dim][0];
  for (const Digits& digits : axes)
    for (const Digit& other : digits)
      if (other.axis == digit.axis && other.step > digit.step) return nullptr;
  return &digit;
}

/// A layout in which tensor axis `dim` is the outermost of an axis of the map.
Layout layout_for_joining(const Axes& axes, int dim) {
  const Layout layout = present_layout(axes);
  for (int axis = 0; axis < 3; ++axis) {
    if (std::find(layout[axis].begin(), layout[axis].end(), dim) == layout[axis].end()) continue;
    return layout[axis].front() == dim ? layout : with_axis(layout, dim, axis);
  }
  return with_axis(layout, dim, free_axis(layout));
}

int axis_of(const Layout& layout, int dim) {
  for (int axis = 0; axis < 3; ++axis)
    if (std::find(layout[axis].begin(), layout[axis].end(), dim) != layout[axis].end()) return axis;
  throw Refusal("an axis of it has no place in a map");
}

const Value& main_of(const std::vector<Value>& values) {
  const auto better = [](const Value& a, const Value& b) {
    const auto with_samples = [](const Value& value) {
      return std::any_of(value.axes.begin(), value.axes.end(), holds_samples);
    };
    return std::pair(with_samples(a), a.on_grid) < std::pair(with_samples(b), b.on_grid);
  };
  return *std::max_element(values.begin(), values.end(), better);
}

std::int64_t total_along(const std::vector<Value>& values, int axis) {
  std::int64_t total = 0;
  for (const Value& value : values) total += value.dims[axis];
  return total;
}

void expect_same_samples(const Value& a, const Value& b) {
  for (std::size_t i = 0; i < a.axes.size(); ++i)
    if (step_of_samples(a.axes[i]) != step_of_samples(b.axes[i]))
      refuse_to_mix(text(a.dims) + " and " + text(b.dims));
}

/// Along the outermost digit of an axis of the main value's map.
Value concat_in_place(Builder& builder, const Label& label, const std::vector<Value>& inputs,
                      int axis, const Value& main, const Digit& digit) {
  std::vector<Value> parts;
  for (const Value& input : inputs) {
    Value like = main;
    like.dims[axis] = input.dims[axis];
    like.axes[axis] = {{int(input.dims[axis]), digit.axis, digit.step}};
    parts.push_back(builder.in_layout_of(label, input, like));
  }
  Result result{main.dims, main.axes, main.on_grid};
  result.dims[axis] = total_along(inputs, axis);
  result.axes[axis][0].extent = to_int(result.dims[axis], "a side");
  return builder.add_on_maps(label, Concat{digit.axis}, parts, std::move(result));
}

/// Steps of the digits of a map's axis when they lie without gaps, in their present order.
void close_gaps(Axes& axes, int along) {
  int step = 1;
  const std::vector<Place> places = places_of(axes)[along];
  for (auto p = places.rbegin(); p != places.rend(); ++p) {
    axes[p->dim][p->digit].step = step;
    step *= p->extent;
  }
}

/// Digits of a map in its own order.
Rearrange kept(const Axes& axes) {
  Rearrange move;
  const auto places = places_of(axes);
  for (int axis = 0; axis < 3; ++axis)
    for (const Place& p : places[axis]) move.digits[axis].push_back(axes[p.dim][p.digit]);
  return move;
}

Shape shape_of(const Rearrange& move) {
  Shape shape{1, 1, 1};
  for (int axis = 0; axis < 3; ++axis)
    for (const Digit& digit : move.digits[axis]) graph::extent(shape, axis) *= digit.extent;
  return shape;
}

/// Cut, or joined with constants, along one axis.
Value pad_axis(Builder& builder, const Label& label, Value input, int axis, const PadPair& sides,
               float value) {
  const std::int64_t begin = std::max(0, -sides.first), end = std::max(0, -sides.second);
  if (begin + end > 0)
    input = slice(builder, {label.name + "/cut", {}}, input, axis,
                  {begin, input.dims[axis] - begin - end, 1});
  std::vector<Value> parts{input};
  const auto constant = [&](int count, const char* suffix) {
    Dims dims = input.dims;
    dims[axis] = count;
    const std::vector<float> values(std::size_t(volume(dims)), value);
    return constant_value(builder, {label.name + suffix, {}}, make_constant(dims, values));
  };
  if (sides.first > 0) parts.insert(parts.begin(), constant(sides.first, "/before"));
  if (sides.second > 0) parts.push_back(constant(sides.second, "/behind"));
  return concat(builder, label, parts, axis);
}

/// Constant values around the rows and columns of the map that axes of the tensor are.
Value pad_sides(Builder& builder, const Label& label, const Value& input,
                const std::vector<PadPair>& pads, const std::vector<int>& sides, float value) {
  Margins margins;
  Result result{input.dims, input.axes, input.on_grid};
  for (const int axis : sides) {
    const auto [before, behind] = pads[axis];
    Digit& digit = result.axes[axis][0];
    (digit.axis == 1 ? margins.top : margins.left) = before;
    (digit.axis == 1 ? margins.bottom : margins.right) = behind;
    digit.extent += before + behind;
    result.dims[axis] += before + behind;
    result.axes[axis] = joined(result.axes[axis]);
  }
  return builder.add_on_maps(label, Pad{margins, value}, {input}, std::move(result));
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
  if (auto axes = divided(in_sequence(input.axes), dims))
    return builder.moved(label, input, dims, std::move(*axes));
  const Value flat = builder.in_one_axis(label, input);
  auto axes = divided(in_sequence(flat.axes), dims);
  if (!axes) refuse_to_mix(text(input.dims) + " to " + text(dims));
  return builder.moved(label, flat, dims, std::move(*axes));
}

Value flatten(Builder& builder, const Label& label, const Value& input, int axis) {
  Dims dims(input.dims.begin(), input.dims.begin() + axis);
  dims.push_back(volume({input.dims.begin() + axis, input.dims.end()}));
  return reshape(builder, label, input, dims);
}

Value transpose(Builder& builder, const Label& label, const Value& input,
                const std::vector<int>& order) {
  std::vector<int> sorted = order, axes(input.dims.size());
  std::sort(sorted.begin(), sorted.end());
  std::iota(axes.begin(), axes.end(), 0);
  if (sorted != axes)
    throw Refusal("its order of axes does not fit a tensor of rank " +
                  std::to_string(input.dims.size()));
  Dims dims;
  Axes moved;
  for (const int axis : order) {
    dims.push_back(input.dims[axis]);
    moved.push_back(input.axes[axis]);
  }
  return builder.moved(label, input, std::move(dims), std::move(moved));
}

Value regrouped(Builder& builder, const Label& label, const Value& input, const Dims& dims,
                const std::vector<int>& order, const Dims& to) {
  const bool fits = divided(in_sequence(input.axes), dims).has_value();
  const Value source = fits ? input : builder.in_one_axis(label, input);
  const auto split = divided(in_sequence(source.axes), dims);
  if (!split) refuse_to_mix(text(input.dims) + " to " + text(to));
  Digits moved;
  for (const int axis : order)
    moved.insert(moved.end(), (*split)[axis].begin(), (*split)[axis].end());
  if (auto axes = divided(moved, to)) return builder.moved(label, source, to, std::move(*axes));
  throw Refusal("its blocks cannot be followed");
}

Value shuffle(Builder& builder, const Label& label, const Value& input, int groups) {
  Dims split = input.dims;
  std::vector<int> order(input.dims.size() + 1);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[1], order[2]);
  split[1] = groups;
  split.insert(split.begin() + 2, input.dims[1] / groups);
  return regrouped(builder, label, input, split, order, input.dims);
}

Value concat(Builder& builder, const Label& label, const std::vector<Value>& given, int axis) {
  const std::size_t rank = given[0].dims.size();
  for (const Value& input : given) {
    Dims same = input.dims;
    if (same.size() != rank) throw Refusal("it joins tensors of different ranks");
    same[axis] = given[0].dims[axis];
    if (same != given[0].dims)
      throw ModelError("inputs of " + text(given[0].dims) + " and " + text(input.dims) +
                       " differ beside the axis along which they are joined");
  }
  if (given.size() == 1) return builder.alias(given[0], label);
  const std::vector<Value> inputs = builder.with_equal_samples(label, given, rank);
  const Value main = main_of(inputs);
  if (holds_samples(main.axes[axis])) throw Refusal("it joins along the batch axis");
  for (const Value& input : inputs) expect_same_samples(input, main);
  if (const Digit* digit = leading_digit(main.axes, axis))
    return concat_in_place(builder, label, inputs, axis, main, *digit);
  const Layout layout = layout_for_joining(main.axes, axis);
  std::vector<Value> parts;
  for (const Value& input : inputs) parts.push_back(builder.laid_out(label, input, layout));
  Result result{main.dims, {}, main.on_grid};
  result.dims[axis] = total_along(inputs, axis);
  result.axes = laid_axes(layout, result.dims, main.axes);
  return builder.add_on_maps(label, Concat{axis_of(layout, axis)}, parts, std::move(result));
}

Value slice(Builder& builder, const Label& label, const Value& given, int axis,
            const Positions& at) {
  if (at.count < 1) throw Refusal("it leaves nothing of axis " + std::to_string(axis));
  Value input = given;
  if (input.dims[axis] == 1 || (at.count == input.dims[axis] && at.step == 1))
    return builder.alias(input, label);
  if (holds_samples(input.axes[axis])) throw Refusal("it cuts the batch axis");
  if (input.axes[axis].size() != 1)
    input = builder.laid_out(label, input, present_layout(input.axes));
  const Digit digit = input.axes[axis].at(0);
  Result result{input.dims, input.axes, input.on_grid};
  result.dims[axis] = at.count;
  const int count = to_int(at.count, "a side"), begin = to_int(at.begin, "begin");
  if (at.step == 1 && leading_digit(input.axes, axis)) {
    result.axes[axis] = joined({{count, digit.axis, digit.step}});
    const Slice op{digit.axis, begin * digit.step, (begin + count) * digit.step};
    return builder.add_on_maps(label, op, {input}, std::move(result));
  }
  result.axes[axis] = {{count, digit.axis, digit.step * to_int(at.step, "step")}};
  Axes order = input.axes;
  order[axis][0].extent = count;
  Rearrange move = kept(order);
  for (Digit& d : move.digits[digit.axis])
    if (d.step == digit.step) d.step = result.axes[axis][0].step;
  move.start[digit.axis] = begin * digit.step;
  move.kind = "slice";
  result.axes = std::move(order);
  close_gaps(result.axes, digit.axis);
  result.axes[axis] = joined(result.axes[axis]);
  const Shape shape = shape_of(move);
  return builder.arranged(label, input, std::move(move), shape, std::move(result));
}

Value expand(Builder& builder, const Label& label, const Value& given, const Dims& dims) {
  Value input = given;
  const Dims wide = broadcast(input.dims, dims);
  const std::size_t more = wide.size() - input.dims.size();
  input.dims.insert(input.dims.begin(), more, 1);
  input.axes.insert(input.axes.begin(), more, {});
  Dims repeats;
  for (std::size_t i = 0; i < wide.size(); ++i) repeats.push_back(wide[i] / input.dims[i]);
  return tile(builder, label, input, repeats);
}

Value tile(Builder& builder, const Label& label, const Value& input, const Dims& repeats) {
  if (repeats.size() != input.dims.size()) throw Refusal("its repeats do not fit its axes");
  if (std::all_of(repeats.begin(), repeats.end(), [](std::int64_t n) { return n == 1; }))
    return builder.moved(label, input, input.dims, input.axes);
  Layout layout = present_layout(input.axes);
  Result result{input.dims, input.axes, input.on_grid};
  for (int i = 0; i < int(repeats.size()); ++i) {
    if (repeats[i] == 1) continue;
    if (holds_samples(input.axes[i])) throw Refusal("it repeats the batch");
    const bool placed = std::any_of(layout.begin(), layout.end(), [&](const auto& dims) {
      return std::find(dims.begin(), dims.end(), i) != dims.end();
    });
    if (!placed) layout[free_axis(layout)].push_back(i);
    result.dims[i] *= repeats[i];
  }
  for (std::vector<int>& dims : layout) std::sort(dims.begin(), dims.end());
  Rearrange move;
  for (int axis = 0; axis < 3; ++axis)
    for (const int i : layout[axis]) {
      if (repeats[i] > 1) move.digits[axis].push_back({to_int(repeats[i], "repeats"), 0, 0});
      const Digits digits = without_samples(input.axes[i]);
      move.digits[axis].insert(move.digits[axis].end(), digits.begin(), digits.end());
    }
  result.axes = laid_axes(layout, result.dims, input.axes);
  move.kind = "repetition";
  const Shape shape = shape_of(move);
  return builder.arranged(label, input, std::move(move), shape, std::move(result));
}

Value pad(Builder& builder, const Label& label, const Value& given,
          const std::vector<PadPair>& pads, float value) {
  std::vector<int> sides, others;
  for (int axis = 0; axis < int(pads.size()); ++axis) {
    if (pads[axis] == PadPair{}) continue;
    if (std::max(0, -pads[axis].first) + std::max(0, -pads[axis].second) >= given.dims[axis])
      throw Refusal("its negative padding leaves nothing of its input");
    (map_side(given.axes[axis], builder.shape(given)) ? sides : others).push_back(axis);
  }
  const auto named = [&](bool last, const std::string& suffix) {
    return last ? label : Label{label.name + suffix, {}};
  };
  Value input = given;
  if (!sides.empty())
    input = pad_sides(builder, named(others.empty(), "/sides"), input, pads, sides, value);
  for (const int axis : others)
    input = pad_axis(builder, named(axis == others.back(), "/axis" + std::to_string(axis)), input,
                     axis, pads[axis], value);
  return input;
}

Value constant_value(Builder& builder, const Label& label, const Constant& constant) {
  Value value = builder.add_parameter(label, as_floats(constant), {std::int64_t(constant.size())});
  value.dims = constant.dims;
  value.axes = *divided({{int(constant.size()), 0, 1}}, constant.dims);
  return value;
}

}  // namespace rfmap::importing
