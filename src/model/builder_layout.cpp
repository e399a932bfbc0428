#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "graph/axes.h"
#include "model/builder.h"

// How a tensor is laid out for the operation that reads it.
namespace rfmap::importing {
namespace {

void expect_rank(const Value& value) {
  if (value.dims.empty() || value.dims.size() > 4)
    throw Refusal(fmt::format("it takes tensors of rank 2 to 4, and its input has rank {}",
                              value.dims.size()));
}

/// Digits and extents, as the key of a rearrangement.
std::vector<int> key_of(const Rearrange& move, const Shape& shape) {
  std::vector<int> key{shape.c, shape.h, shape.w};
  for (const Digits& digits : move.digits) {
    for (const Digit& d : digits) key.insert(key.end(), {d.extent, d.axis, d.step});
    key.push_back(0);
  }
  return key;
}

bool is_nothing(const Rearrange& move, const Shape& from, const Shape& to) {
  if (from != to) return false;
  for (int axis = 0; axis < 3; ++axis)
    if (move.digits[axis] != joined({{graph::extent(from, axis), axis, 1}})) return false;
  return true;
}

/// Values of a map in their new order.
Floats rearranged_values(const Floats& values, const Shape& from, const Rearrange& move) {
  if (!values) return values;
  const int strides_of_axes[] = {from.h * from.w, from.w, 1};
  Dims dims, steps;
  for (const Digits& digits : move.digits)
    for (const Digit& d : digits) {
      dims.push_back(d.extent);
      steps.push_back(std::int64_t(d.step) * strides_of_axes[d.axis]);
    }
  auto result = std::make_shared<std::vector<float>>();
  for (const std::size_t i : strided_indices(dims, steps)) result->push_back((*values)[i]);
  return result;
}

/// The digits of each axis of a value that correspond to those of `main`, where it does not have
/// extent 1 and is broadcast; nothing if they cannot be divided so, or if samples lie elsewhere.
std::optional<std::vector<Axes>> parts_like(const Value& value, const Value& main) {
  std::vector<Axes> parts(main.dims.size());
  for (std::size_t dim = 0; dim < main.dims.size(); ++dim) {
    Dims extents;
    for (const Digit& digit : main.axes[dim]) extents.push_back(digit.extent);
    if (value.dims[dim] == 1) continue;
    const auto split = divided(value.axes[dim], extents);
    if (!split) return std::nullopt;
    for (std::size_t i = 0; i < split->size(); ++i)
      if (holds_samples({main.axes[dim][i]}) ? !is_of_samples((*split)[i])
                                             : holds_samples((*split)[i]))
        refuse_to_mix(text(value.dims));
    parts[dim] = *split;
  }
  return parts;
}

}  // namespace

/// The move of the file that the value is the result of, if it has not got a node yet.
int Builder::open_move(const Value& value) const {
  if (value.moves.empty()) return kNone;
  const Move& last = moves_[value.moves.back()];
  const bool same =
      last.value.node == value.node && in_sequence(last.value.axes) == in_sequence(value.axes);
  return same && last.made == kNone ? value.moves.back() : kNone;
}

/// The moves up to `last` are carried out by the node `made`, which holds `result`.
void Builder::note_moves(const Value& value, int last, const Value& result) {
  Node& node = graph_.nodes[result.node];
  for (const int i : value.moves) {
    Move& move = moves_[i];
    if (move.made != kNone) continue;
    move.made = result.node;
    if (i == last) continue;
    add_new(node.aliases, move.label.name);
    name_tensors(graph_.nodes[move.value.node], move.value, move.label.tensors);
  }
  node.module = moves_[last].module;
  node.path = moves_[last].path;
  name_tensors(node, result, moves_[last].label.tensors);
}

int Builder::rearranged(const Label& label, const Value& value, Rearrange move,
                        const Shape& shape) {
  Node& from = graph_.nodes[value.node];
  if (is_nothing(move, from.shape, shape)) return value.node;
  if (auto* parameter = std::get_if<Parameter>(&from.op)) {
    parameter->values = rearranged_values(parameter->values, from.shape, move);
    from.shape = shape;
    return value.node;
  }
  const Moved key{value.node, key_of(move, shape)};
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  Axes all(move.digits.begin(), move.digits.end());
  NodeOperation op = Reshape{};
  if (in_sequence(all) != values_of(from.shape)) {
    move.kind = kind_of(move, from.shape, shape);
    op = std::move(move);
  }
  const int node = append(label, std::move(op), {value}, shape);
  return made_[key] = node;
}

/// `value` with its values moved; `result` says how its axes lie then. The node has the name of the
/// move of the file that it carries out, else one derived from `label`, of the operation that needs
/// it.
Value Builder::carried_out(const Label& label, const Value& value, Rearrange move,
                           const Shape& shape, Value result) {
  const std::size_t size = graph_.nodes.size();
  const bool whole = volume(result.dims) == volume(value.dims);
  const int last = whole ? open_move(value) : kNone;
  const Label own{last == kNone ? label.name + "/moved" : moves_[last].label.name, {}};
  result.node = rearranged(own, value, std::move(move), shape);
  if (result.node == value.node) return result;
  result.moves.clear();
  if (last != kNone && graph_.nodes.size() > size) note_moves(value, last, result);
  return result;
}

Value Builder::laid_out(const Label& label, const Value& value, const Layout& layout) {
  Rearrange move;
  Shape shape{1, 1, 1};
  Axes left = value.axes;
  for (int axis = 0; axis < 3; ++axis) {
    for (const int dim : layout[axis]) {
      const Digits digits = without_samples(left[dim]);
      graph::extent(shape, axis) *= positions_in_sample(digits);
      move.digits[axis].insert(move.digits[axis].end(), digits.begin(), digits.end());
      left[dim].clear();
    }
    move.digits[axis] = joined(move.digits[axis]);
  }
  for (const Digits& digits : left)
    if (!without_samples(digits).empty()) refuse_to_mix(text(value.dims));
  Value result = value;
  result.axes = laid_axes(layout, value.dims, value.axes);
  return carried_out(label, value, std::move(move), shape, std::move(result));
}

Value Builder::as_map(const Label& label, const Value& value) {
  expect_rank(value);
  const bool samples = joined(value.axes[0]) == joined({{int(samples_), kSamples, 1}});
  if (!samples || std::any_of(value.axes.begin() + 1, value.axes.end(), holds_samples))
    refuse_to_mix(text(value.dims));
  return laid_out(label, value, map_layout(value.dims.size()));
}

Value Builder::in_one_axis(const Label& label, const Value& value) {
  Layout flat;
  for (int i = 0; i < int(value.dims.size()); ++i)
    if (!is_of_samples(value.axes[i])) flat[0].push_back(i);
  return laid_out(label, value, flat);
}

Value Builder::in_layout_of(const Label& label, const Value& given, const Value& main) {
  Value value = given;
  auto parts = parts_like(value, main);
  if (!parts) {
    value = in_one_axis(label, value);
    parts = parts_like(value, main);
  }
  if (!parts) refuse_to_mix(text(given.dims));
  const auto places = places_of(main.axes);
  Rearrange move;
  Shape shape{1, 1, 1};
  for (int axis = 0; axis < 3; ++axis) {
    const bool spreads = std::all_of(places[axis].begin(), places[axis].end(),
                                     [&](const Place& p) { return value.dims[p.dim] == 1; });
    if (spreads) continue;
    for (const Place& p : places[axis]) {
      graph::extent(shape, axis) *= p.extent;
      Digits digits{{p.extent, 0, 0}};
      if (value.dims[p.dim] > 1) digits = (*parts)[p.dim][p.digit];
      move.digits[axis].insert(move.digits[axis].end(), digits.begin(), digits.end());
    }
    move.digits[axis] = joined(move.digits[axis]);
  }
  Value result = value;
  result.dims = main.dims;
  result.axes = main.axes;
  result.on_grid = main.on_grid;
  return carried_out(label, value, std::move(move), shape, std::move(result));
}

/// A constant whose values are the same for all samples, which lie along the axis `at` as in
/// `like`: its digits.
Value Builder::of_one_sample(const Label& label, const Value& constant, std::size_t at,
                             const Digits& like) {
  const Value flat = in_one_axis(label, constant);
  Node& node = graph_.nodes[flat.node];
  const auto begin = constant.dims.begin();
  const std::int64_t n = samples_, within = step_of_samples(like);
  const std::int64_t inner = volume({begin + std::ptrdiff_t(at) + 1, constant.dims.end()}) * within;
  const std::int64_t outer = volume(constant.dims) / n / inner;
  Floats& values = std::get<Parameter>(node.op).values;
  auto one = std::make_shared<std::vector<float>>();
  for (std::int64_t i = 0; values && i < outer * n * inner; ++i) {
    const std::int64_t first = i / (n * inner) * n * inner + i % inner;
    if ((*values)[i] != (*values)[first])
      throw Refusal("a constant differs between samples of the batch");
    if (i / inner % n == 0) one->push_back((*values)[i]);
  }
  if (values) values = std::move(one);
  node.shape = {int(outer * inner), 1, 1};
  Dims split = constant.dims;
  split[at] = constant.dims[at] / n / within;
  split.insert(split.begin() + std::ptrdiff_t(at) + 1, within);
  Value result = flat;
  result.axes = divided(values_of(node.shape), split).value();
  const auto after = result.axes.begin() + std::ptrdiff_t(at) + 1;
  Digits& axis = result.axes[at];
  axis.push_back({int(n), kSamples, 1});
  axis.insert(axis.end(), after->begin(), after->end());
  result.axes.erase(after);
  return result;
}

std::vector<Value> Builder::with_equal_samples(const Label& label, const std::vector<Value>& values,
                                               std::size_t axes) {
  std::vector<Value> all = values;
  for (const Value& value : values)
    for (std::size_t axis = 0; axis < axes; ++axis) {
      if (!holds_samples(value.axes[axis])) continue;
      for (Value& other : all)
        if (is_constant(other) && other.dims[axis] == value.dims[axis] &&
            !holds_samples(other.axes[axis]))
          other = of_one_sample(label, other, axis, value.axes[axis]);
    }
  return all;
}

/// For a result of `dims` of which none of the values has all: their axes as they lie in the first
/// one, and the others where there is room.
Value Builder::common(const std::vector<Value>& values, const Dims& dims) const {
  const auto computed = std::find_if(values.begin(), values.end(),
                                     [&](const Value& value) { return !is_constant(value); });
  const Value& first = computed == values.end() ? values.front() : *computed;
  Layout layout = present_layout(first.axes);
  Axes samples(dims.size());
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    for (const Value& value : values)
      if (holds_samples(value.axes[axis])) samples[axis] = value.axes[axis];
    if (first.dims[axis] == 1 && dims[axis] > 1 && !is_of_samples(samples[axis]))
      layout[free_axis(layout)].push_back(int(axis));
  }
  for (std::vector<int>& axes : layout) std::sort(axes.begin(), axes.end());
  return {kNone, dims, laid_axes(layout, dims, samples), first.on_grid, {}};
}

std::vector<Value> Builder::aligned(const Label& label, const std::vector<Value>& values,
                                    const Dims& dims) {
  std::vector<Value> all = values;
  for (Value& value : all) {
    const std::size_t more = dims.size() - value.dims.size();
    value.dims.insert(value.dims.begin(), more, 1);
    value.axes.insert(value.axes.begin(), more, {});
  }
  all = with_equal_samples(label, all, dims.size());
  const Value* main = nullptr;
  for (const Value& value : all)
    if (value.dims == dims && !is_constant(value) && (!main || (value.on_grid && !main->on_grid)))
      main = &value;
  const Value like = main ? *main : common(all, dims);
  for (Value& value : all) value = in_layout_of(label, value, like);
  return all;
}

Value Builder::arranged(const Label& label, const Value& value, Rearrange move, const Shape& shape,
                        Result result) {
  const NodeOperation op = std::move(move);
  return add_on_maps(label, op, {value}, std::move(result), shape);
}

Value Builder::moved(const Label& label, Value value, Dims dims, Axes axes) {
  value.dims = std::move(dims);
  value.axes = std::move(axes);
  value.moves.push_back(int(moves_.size()));
  moves_.push_back({label, value, "", "", kNone});
  return value;
}

}  // namespace rfmap::importing
