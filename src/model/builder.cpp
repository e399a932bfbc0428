#include "model/builder.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/overloaded.h"
#include "graph/axes.h"
#include "model/turn.h"

namespace rfmap::importing {
namespace {

/// Extents of a result of `shape` in the given rank.
Dims dims_of(const Shape& shape, std::int64_t samples, std::size_t rank) {
  Dims dims{samples, shape.c, shape.h, shape.w};
  for (std::size_t axis = rank; axis < dims.size(); ++axis)
    if (dims[axis] != 1) throw Refusal("its result does not fit into its input's rank");
  dims.resize(rank);
  return dims;
}

void expect_rank(const Value& value) {
  if (value.dims.empty() || value.dims.size() > 4)
    throw Refusal(fmt::format("it takes tensors of rank 2 to 4, and its input has rank {}",
                              value.dims.size()));
}

void add_new(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
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
    if (move.digits[axis] != joined({{extent(from, axis), axis, 1}})) return false;
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

/// Rows of the tensor are columns of the map, and the reverse.
bool is_turned(const Value& value) {
  return value.dims.size() == 4 && value.axes[1] == joined({{int(value.dims[1]), 0, 1}}) &&
         value.axes[2] == joined({{int(value.dims[2]), 2, 1}}) &&
         value.axes[3] == joined({{int(value.dims[3]), 1, 1}});
}

Axes turned_axes(Axes axes) {
  for (Digits& digits : axes)
    for (Digit& digit : digits)
      if (digit.axis > 0) digit.axis = 3 - digit.axis;
  return axes;
}

}  // namespace

void expect_map(const Value& value) {
  if (value.dims.size() != 4)
    throw Refusal(
        "it is supported in two dimensions only (rank 4, N x C x H x W), and its input "
        "has rank " +
        std::to_string(value.dims.size()));
}

Value with_rank(Value value, std::size_t rank) {
  while (value.dims.size() > rank && value.dims.back() == 1)
    value.dims.pop_back(), value.axes.pop_back();
  if (value.dims.size() > rank)
    throw Refusal("a tensor of " + text(value.dims) + " does not have rank " +
                  std::to_string(rank));
  value.dims.resize(rank, 1);
  value.axes.resize(rank);
  return value;
}

int Builder::append(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
                    const Shape& wanted) {
  std::vector<int> nodes;
  std::vector<Shape> shapes;
  for (const Value& input : inputs) {
    nodes.push_back(input.node);
    shapes.push_back(graph_.nodes[input.node].shape);
  }
  const Shape shape = output_shape(label.name, op, shapes, wanted);
  graph_.nodes.push_back({names_.take(label.name), {}, {}, std::move(op), std::move(nodes), shape});
  return int(graph_.nodes.size()) - 1;
}

/// Tensors that are the node's value, or that value in another order.
void Builder::name_tensors(Node& node, const Value& value, const std::vector<std::string>& names) {
  Digits order = in_sequence(value.axes);
  std::erase_if(order, [](const Digit& digit) { return digit.axis == kSamples; });
  const bool same = order == values_of(node.shape);
  for (const std::string& name : names) {
    if (same)
      add_new(node.tensors, name);
    else
      node.moved.push_back({name, order});
  }
}

Value Builder::add_on_maps(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
                           Result result, const Shape& wanted) {
  const int node = append(label, std::move(op), inputs, wanted);
  Value value{node, std::move(result.dims), std::move(result.axes), result.on_grid, {}};
  name_tensors(graph_.nodes[node], value, label.tensors);
  return value;
}

Value Builder::add_in_place(const Label& label, NodeOperation op,
                            const std::vector<Value>& inputs) {
  const Value& first = inputs.front();
  return add_on_maps(label, std::move(op), inputs, {first.dims, first.axes, first.on_grid},
                     shape(first));
}

Value Builder::add_input(const Label& label, const Shape& shape, Result result) {
  samples_ = result.dims.empty() ? 1 : result.dims[0];
  return add_on_maps(label, Input{}, {}, std::move(result), shape);
}

Value Builder::add_stand_in(const Label& label, TheoryOnly op, const std::vector<Value>& inputs,
                            const Dims& dims) {
  return add_on_maps(label, std::move(op), inputs, {dims, plain_axes(dims, samples_)},
                     map_shape(dims));
}

Value Builder::add_parameter(const Label& label, Floats values, const Dims& dims) {
  Dims with_samples{1};
  with_samples.insert(with_samples.end(), dims.begin(), dims.end());
  const Shape shape = map_shape(with_samples);
  return add_on_maps(label, Parameter{std::move(values)}, {},
                     {with_samples, plain_axes(with_samples, 1), false}, shape);
}

Value Builder::add(const Label& label, const NodeOperation& op, const std::vector<Value>& inputs) {
  if (std::holds_alternative<Activation>(op)) return add_in_place(label, op, inputs);
  if (std::holds_alternative<Elementwise>(op)) {
    Dims dims;
    for (const Value& input : inputs) dims = broadcast(dims, input.dims);
    return add_in_place(label, op, aligned(label, inputs, dims));
  }
  return add_shaped(label, op, inputs, {});
}

Value Builder::add_shaped(const Label& label, const NodeOperation& op,
                          const std::vector<Value>& inputs, const Dims& dims) {
  const Value& first = inputs.front();
  if (inputs.size() == 1 && is_turned(first))
    if (const auto turn = with_turned_axes(op)) return turned(label, *turn, first, dims);
  if (inputs.size() == 1 && samples_ == 1 && first.dims.size() == 4 && first.dims[0] > 1)
    if (const auto all = repeated(op, to_int(first.dims[0], "the batch")))
      return over_parts(label, *all, first);
  std::vector<Value> maps;
  for (const Value& input : inputs) maps.push_back(as_map(label, input));
  Result result{dims, {}, first.on_grid};
  const int node = append(label, op, maps, dims.empty() ? Shape{} : map_shape(dims));
  const Shape shape = graph_.nodes[node].shape;
  if (dims.empty()) result.dims = dims_of(shape, first.dims[0], first.dims.size());
  Value value{node, result.dims, plain_axes(result.dims, samples_), result.on_grid, {}};
  name_tensors(graph_.nodes[node], value, label.tensors);
  return value;
}

/// The operation on maps in the place of samples, as channels of one map.
Value Builder::over_parts(const Label& label, const NodeOperation& op, const Value& input) {
  const Value map = laid_out(label, input, {{{0, 1}, {2}, {3}}});
  const int node = append(label, op, {map}, {});
  const Shape shape = graph_.nodes[node].shape;
  const Dims dims{input.dims[0], shape.c / input.dims[0], shape.h, shape.w};
  Value value{node, dims, laid_axes({{{0, 1}, {2}, {3}}}, dims, input.axes), input.on_grid, {}};
  name_tensors(graph_.nodes[node], value, label.tensors);
  return value;
}

/// The operation on a map whose rows are the tensor's columns.
Value Builder::turned(const Label& label, const NodeOperation& op, const Value& input,
                      const Dims& dims) {
  Shape wanted;
  if (!dims.empty()) wanted = map_shape({dims[0], dims[1], dims[3], dims[2]});
  const int node = append(label, op, {input}, wanted);
  const Shape shape = graph_.nodes[node].shape;
  const Dims result{input.dims[0], shape.c, shape.w, shape.h};
  Value value{node, result, turned_axes(plain_axes(result, samples_)), input.on_grid, {}};
  name_tensors(graph_.nodes[node], value, label.tensors);
  return value;
}

/// The name of the move of the file that is carried out, else one derived from the operation's.
Label Builder::name_of_move(const Label& consumer, const Value& value) const {
  if (!value.moves.empty()) return {moves_[value.moves.back()].label.name, {}};
  return {consumer.name + "/moved", {}};
}

void Builder::note_moves(const Value& value, int made) {
  for (const int i : value.moves) {
    Move& move = moves_[i];
    if (move.made != kNone) continue;
    move.made = made;
    Node& node = graph_.nodes[made];
    if (i != value.moves.back()) {
      add_new(node.aliases, move.label.name);
      continue;
    }
    node.module = move.module;
    node.path = move.path;
  }
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
  const int node = append(name_of_move(label, value), std::move(op), {value}, shape);
  note_moves(value, node);
  return made_[key] = node;
}

Value Builder::laid_out(const Label& label, const Value& value, const Layout& layout) {
  Rearrange move;
  Shape shape{1, 1, 1};
  for (int axis = 0; axis < 3; ++axis) {
    for (const int dim : layout[axis]) {
      extent(shape, axis) *= int(value.dims[dim]);
      for (const Digit& digit : value.axes[dim]) {
        if (digit.axis == kSamples)
          throw Refusal("it moves data between the batch and the other axes (" + text(value.dims) +
                        ")");
        move.digits[axis].push_back(digit);
      }
    }
    move.digits[axis] = joined(move.digits[axis]);
  }
  const int node = rearranged(label, value, std::move(move), shape);
  Value result = value;
  result.node = node;
  result.axes = laid_axes(layout, value.dims, value.axes);
  if (node == value.node) return result;
  result.moves.clear();
  if (!value.moves.empty())
    name_tensors(graph_.nodes[node], result, moves_[value.moves.back()].label.tensors);
  return result;
}

Value Builder::as_map(const Label& label, const Value& value) {
  expect_rank(value);
  const bool samples = joined(value.axes[0]) == joined({{int(samples_), kSamples, 1}});
  if (!samples)
    throw Refusal("it moves data between the batch and the other axes (" + text(value.dims) + ")");
  return laid_out(label, value, map_layout(value.dims.size()));
}

Value Builder::in_one_axis(const Label& label, const Value& value) {
  Layout flat;
  for (int i = 0; i < int(value.dims.size()); ++i)
    if (value.axes[i] != Digits{{int(samples_), kSamples, 1}}) flat[0].push_back(i);
  return laid_out(label, value, flat);
}

Value Builder::in_layout_of(const Label& label, const Value& value, const Value& main) {
  std::vector<Axes> parts(main.dims.size());  // by digit of the main value
  for (std::size_t dim = 0; dim < main.dims.size(); ++dim) {
    Dims extents;
    for (const Digit& digit : main.axes[dim]) extents.push_back(digit.extent);
    if (value.dims[dim] == 1) continue;
    const auto split = divided(value.axes[dim], extents);
    if (!split) return in_layout_of(label, in_one_axis(label, value), main);
    parts[dim] = *split;
  }
  const auto places = places_of(main.axes);
  Rearrange move;
  Shape shape{1, 1, 1};
  for (int axis = 0; axis < 3; ++axis) {
    const bool spreads = std::all_of(places[axis].begin(), places[axis].end(),
                                     [&](const Place& p) { return value.dims[p.dim] == 1; });
    if (spreads) continue;
    for (const Place& p : places[axis]) {
      extent(shape, axis) *= p.extent;
      Digits digits{{p.extent, 0, 0}};
      if (value.dims[p.dim] > 1) digits = parts[p.dim][p.digit];
      move.digits[axis].insert(move.digits[axis].end(), digits.begin(), digits.end());
    }
    move.digits[axis] = joined(move.digits[axis]);
  }
  Value result = value;
  result.node = rearranged(label, value, std::move(move), shape);
  result.dims = main.dims;
  result.axes = main.axes;
  result.on_grid = main.on_grid;
  return result;
}

std::vector<Value> Builder::aligned(const Label& label, const std::vector<Value>& values,
                                    const Dims& dims) {
  std::vector<Value> all = values;
  const Value* main = nullptr;
  for (Value& value : all) {
    const std::size_t more = dims.size() - value.dims.size();
    value.dims.insert(value.dims.begin(), more, 1);
    value.axes.insert(value.axes.begin(), more, {});
    if (value.dims == dims && (!main || (value.on_grid && !main->on_grid))) main = &value;
  }
  Value plain{-1, dims, {}, true, {}};
  if (!main) {
    if (dims.size() > 4)
      throw Refusal("none of its inputs has all axes of its result of " + text(dims));
    plain.axes = plain_axes(dims, samples_);
    main = &plain;
  }
  const Value like = *main;
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

void Builder::place(std::size_t from, const std::string& module, const std::string& path) {
  const auto carries_move = [&](int node) {
    return std::any_of(moves_.begin(), moves_.end(), [&](const Move& m) { return m.made == node; });
  };
  for (std::size_t i = from; i < graph_.nodes.size(); ++i) {
    if (carries_move(int(i))) continue;
    graph_.nodes[i].module = module;
    graph_.nodes[i].path = path;
  }
  for (std::size_t i = committed_moves_; i < moves_.size(); ++i) {
    moves_[i].module = module;
    moves_[i].path = path;
  }
}

void Builder::commit() {
  for (const auto& [value, label] : aliases_) {
    Node& node = graph_.nodes[value.node];
    if (!label.name.empty() && label.name != node.name) add_new(node.aliases, label.name);
    name_tensors(node, value, label.tensors);
  }
  aliases_.clear();
  committed_moves_ = moves_.size();
}

void Builder::roll_back(std::size_t size) {
  for (std::size_t i = size; i < graph_.nodes.size(); ++i) names_.release(graph_.nodes[i].name);
  graph_.nodes.resize(size);
  aliases_.clear();
  moves_.resize(committed_moves_);
  for (Move& move : moves_)
    if (move.made >= int(size)) move.made = kNone;
  std::erase_if(made_, [&](const auto& entry) { return entry.second >= int(size); });
}

Graph Builder::finish() {
  for (const Move& move : moves_)
    if (move.made == kNone) {
      alias(move.value, move.label);
      if (!move.module.empty()) alias(move.value, {move.module, {}});
    }
  commit();
  return std::move(graph_);
}

}  // namespace rfmap::importing
