#include "model/builder.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "model/turn.h"

namespace rfmap::importing {
namespace {

/// Theory lists what each row and column sees: for each of these 16 bytes, and the time of all
/// nodes before it.
constexpr std::int64_t kMostPlaces = std::int64_t(1) << 24;
/// Each channel may need a scale and a shift, whatever the size of the file.
constexpr std::int64_t kMostChannels = std::int64_t(1) << 26;
/// Numbers of constants that are repeated over maps.
constexpr std::int64_t kMostSpread = std::int64_t(1) << 27;

/// Extents of a result of `shape` in the given rank.
Dims dims_of(const Shape& shape, std::int64_t samples, std::size_t rank) {
  Dims dims{samples, shape.c, shape.h, shape.w};
  for (std::size_t axis = rank; axis < dims.size(); ++axis)
    if (dims[axis] != 1) throw Refusal("its result does not fit into its input's rank");
  dims.resize(rank);
  return dims;
}

/// Rows of the tensor are columns of the map, and the reverse.
bool is_turned(const Value& value) {
  return value.dims.size() == 4 && (value.axes[0].empty() || is_of_samples(value.axes[0])) &&
         value.axes[1] == joined({{int(value.dims[1]), 0, 1}}) &&
         value.axes[2] == joined({{int(value.dims[2]), 2, 1}}) &&
         value.axes[3] == joined({{int(value.dims[3]), 1, 1}});
}

/// [maps, c, h, w], where several maps are of one sample, and no other axis holds samples.
bool has_parts(const Value& value, std::int64_t samples) {
  return value.dims.size() == 4 && positions_in_sample(value.axes[0]) > 1 &&
         holds_samples(value.axes[0]) == (samples > 1) &&
         std::none_of(value.axes.begin() + 1, value.axes.end(), holds_samples);
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

void Builder::count_spread(std::size_t numbers) {
  spread_ += std::int64_t(numbers);
  if (spread_ > kMostSpread)
    throw Refusal(
        fmt::format("its constant, spread over the map, and those before it have more "
                    "than {} values",
                    kMostSpread));
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
  const std::int64_t places = std::int64_t(shape.h) + shape.w;
  if (places_ + places > kMostPlaces)
    throw ModelError(
        fmt::format("the maps up to node '{}' ({} x {}) have more than {} rows and "
                    "columns in all: too many to follow",
                    label.name, shape.h, shape.w, kMostPlaces));
  places_ += places;
  if (channels_ + shape.c > kMostChannels)
    throw ModelError(fmt::format("the maps up to node '{}' have more than {} channels in all",
                                 label.name, kMostChannels));
  channels_ += shape.c;
  graph_.nodes.push_back({names_.take(label.name), {}, {}, std::move(op), std::move(nodes), shape});
  return int(graph_.nodes.size()) - 1;
}

/// Tensors that are the node's value, or that value in another order.
void Builder::name_tensors(Node& node, const Value& value, const std::vector<std::string>& names) {
  Digits order = in_sequence(value.axes);
  std::erase_if(order, [](const Digit& digit) { return digit.axis == kSamples; });
  const bool same = order == values_of(node.shape);
  for (const std::string& name : names) {
    const auto is_name = [&](const MovedTensor& tensor) { return tensor.name == name; };
    if (same)
      add_new(node.tensors, name);
    else if (std::none_of(node.moved.begin(), node.moved.end(), is_name))
      node.moved.push_back({name, order});
  }
}

/// What node `node` gives, which the file names so.
Value Builder::named(int node, Result result, const std::vector<std::string>& tensors) {
  Value value{node, std::move(result.dims), std::move(result.axes), result.on_grid, {}};
  name_tensors(graph_.nodes[node], value, tensors);
  return value;
}

Value Builder::add_on_maps(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
                           Result result, const Shape& wanted) {
  return named(append(label, std::move(op), inputs, wanted), std::move(result), label.tensors);
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
  if (inputs.size() == 1 && has_parts(first, samples_))
    if (const auto all = repeated(op, positions_in_sample(first.axes[0])))
      return over_parts(label, *all, first);
  std::vector<Value> maps;
  for (const Value& input : inputs) maps.push_back(as_map(label, input));
  const int node = append(label, op, maps, dims.empty() ? Shape{} : map_shape(dims));
  Result result{dims, {}, first.on_grid};
  if (dims.empty())
    result.dims = dims_of(graph_.nodes[node].shape, first.dims[0], first.dims.size());
  result.axes = plain_axes(result.dims, samples_);
  return named(node, std::move(result), label.tensors);
}

/// The operation on maps in the place of samples, as channels of one map.
Value Builder::over_parts(const Label& label, const NodeOperation& op, const Value& input) {
  const Layout layout{{{0, 1}, {2}, {3}}};
  const int node = append(label, op, {laid_out(label, input, layout)}, {});
  const Shape& shape = graph_.nodes[node].shape;
  const int channels = shape.c / positions_in_sample(input.axes[0]);
  Result result{{input.dims[0], channels, shape.h, shape.w}, {}, input.on_grid};
  result.axes = laid_axes(layout, result.dims, input.axes);
  return named(node, std::move(result), label.tensors);
}

/// The operation on a map whose rows are the tensor's columns.
Value Builder::turned(const Label& label, const NodeOperation& op, const Value& input,
                      const Dims& dims) {
  Shape wanted;
  if (!dims.empty()) wanted = map_shape({dims[0], dims[1], dims[3], dims[2]});
  const int node = append(label, op, {input}, wanted);
  const Shape& shape = graph_.nodes[node].shape;
  Result result{{input.dims[0], shape.c, shape.w, shape.h}, {}, input.on_grid};
  result.axes = turned_axes(plain_axes(result.dims, samples_));
  return named(node, std::move(result), label.tensors);
}

void Builder::place(const Mark& from, const std::string& module, const std::string& path) {
  const auto carries_move = [&](int node) {
    return std::any_of(moves_.begin(), moves_.end(), [&](const Move& m) { return m.made == node; });
  };
  for (std::size_t i = from.nodes; i < graph_.nodes.size(); ++i) {
    if (carries_move(int(i))) continue;
    graph_.nodes[i].module = module;
    graph_.nodes[i].path = path;
  }
  for (std::size_t i = from.moves; i < moves_.size(); ++i) {
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
}

void Builder::roll_back(const Mark& to) {
  for (std::size_t i = to.nodes; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    places_ -= std::int64_t(node.shape.h) + node.shape.w;
    names_.release(node.name);
  }
  graph_.nodes.resize(to.nodes);
  aliases_.clear();
  moves_.resize(to.moves);
  for (Move& move : moves_)
    if (move.made >= int(to.nodes)) move.made = kNone;
  std::erase_if(made_, [&](const auto& entry) { return entry.second >= int(to.nodes); });
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
