#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rfmap/graph.h"

#include "core/overloaded.h"

namespace rfmap {
namespace {

/// Suffix for the name of a node whose own name now belongs to the value before the move.
constexpr const char* kMovedName = " (moved)";

using Order = std::array<int, 3>;

/// A value that is another value with its data moved: Transpose or Reshape (to `shape`) of
/// `source`.
struct Moved {
  int source = 0;  ///< index in the new graph
  NodeOperation move;
  Shape shape;
};

const Order* order_of(const Moved& moved) {
  const auto* transpose = std::get_if<Transpose>(&moved.move);
  return transpose ? &transpose->order : nullptr;
}

bool same_move(const Moved& a, const Moved& b) {
  if (a.shape != b.shape || a.move.index() != b.move.index()) return false;
  return !order_of(a) || *order_of(a) == *order_of(b);
}

/// Numbers per moved channel, or per moved value, reordered for the values of the source; per
/// channel if all values of a channel agree.
Floats moved_back(const Floats& values, const Moved& moved, const Shape& source) {
  if (!values) return values;
  const std::size_t area = moved.shape.area();
  const bool by_channel = values->size() != moved.shape.volume();
  std::vector<float> all(source.volume());
  const Order order = order_of(moved) ? *order_of(moved) : Order{0, 1, 2};
  const Shape& counted = order_of(moved) ? moved.shape : source;
  std::size_t flat = 0;
  for (int a = 0; a < counted.c; ++a)
    for (int b = 0; b < counted.h; ++b)
      for (int c = 0; c < counted.w; ++c, ++flat) {
        std::array<int, 3> at{};
        at[order[0]] = a, at[order[1]] = b, at[order[2]] = c;
        all[(std::size_t(at[0]) * source.h + at[1]) * source.w + at[2]] =
            (*values)[by_channel ? flat / area : flat];
      }
  std::vector<float> each;
  for (int c = 0; c < source.c; ++c) {
    const auto first = all.begin() + std::ptrdiff_t(c * source.area());
    const auto end = first + std::ptrdiff_t(source.area());
    if (std::any_of(first, end, [&](float v) { return v != *first; }))
      return std::make_shared<const std::vector<float>>(std::move(all));
    each.push_back(*first);
  }
  return std::make_shared<const std::vector<float>>(std::move(each));
}

/// Axes of the moved value as axes of the source.
AxisSet moved_back(const AxisSet& axes, const Order& order) {
  AxisSet back{};
  for (int axis : {0, 1, 2}) back[order[axis]] = axes[axis];
  return back;
}

/// The operation on the source that corresponds to `op` on the moved value; nothing if there is
/// none.
std::optional<NodeOperation> before_move(const NodeOperation& op, const Moved& moved,
                                         const Shape& source) {
  const Order* order = order_of(moved);
  using Found = std::optional<NodeOperation>;
  return std::visit(
      Overloaded{
          [](const OneOf<Input, Conv, Pool, Lrn, Pad, Reshape, Transpose, ChannelShuffle,
                         FullyConnected, Rearrange, Resample, Reduce, MatMul, Parameter,
                         TheoryOnly> auto&) { return Found(); },
          [&](const Activation& o) {
            const bool one_slope = !o.slope || o.slope->size() == 1;
            return one_slope ? Found(o) : Found();
          },
          [&](const Affine& o) {
            return Found(
                Affine{moved_back(o.scale, moved, source), moved_back(o.shift, moved, source)});
          },
          [&](const Elementwise& o) { return Found(o); },
          [&](const Concat& o) { return order ? Found(Concat{(*order)[o.axis]}) : Found(); },
          [&](const Slice& o) {
            return order ? Found(Slice{(*order)[o.axis], o.begin, o.end}) : Found();
          },
          [&](OneOf<Softmax, Normalisation> auto o) {
            if (o.axes != kOverAll && !order) return Found();
            if (order) o.axes = moved_back(o.axes, *order);
            return Found(o);
          },
      },
      op);
}

bool is_move(const NodeOperation& op) {
  return std::holds_alternative<Transpose>(op) || std::holds_alternative<Reshape>(op);
}

/// One walk over the graph, node by node.
class Walk {
 public:
  explicit Walk(const Graph& graph) {
    for (const Node& node : graph.nodes) step(node);
    for (int output : graph.outputs) result_.outputs.push_back(index_[output]);
  }
  Graph take() { return std::move(result_); }

 private:
  void step(const Node& node) {
    if (is_move(node.op)) return move(node);
    if (!node.inputs.empty() && through_move(node)) return;
    emit(node, inputs_of(node));
    note(int(result_.nodes.size()) - 1, std::nullopt);
  }

  std::vector<int> inputs_of(const Node& node) const {
    std::vector<int> inputs;
    for (int input : node.inputs) inputs.push_back(index_[input]);
    return inputs;
  }

  void emit(Node node, std::vector<int> inputs) {
    node.inputs = std::move(inputs);
    result_.nodes.push_back(std::move(node));
  }

  void note(int index, std::optional<Moved> moved) {
    index_.push_back(index);
    moved_.push_back(std::move(moved));
  }

  /// Two moves of the same kind in sequence are one move, or none.
  void move(const Node& node) {
    Moved moved{index_[node.inputs[0]], node.op, node.shape};
    if (const auto& before = moved_[node.inputs[0]];
        before && before->move.index() == node.op.index()) {
      moved.source = before->source;
      if (auto* transpose = std::get_if<Transpose>(&moved.move))
        for (int& axis : transpose->order) axis = (*order_of(*before))[axis];
    }
    Node& source = result_.nodes[moved.source];
    const bool none =
        order_of(moved) ? *order_of(moved) == Order{0, 1, 2} : source.shape == node.shape;
    if (none) {
      take_names(source, node);
      return note(moved.source, moved_of(moved.source));
    }
    Node copy = node;
    copy.op = moved.move;
    emit(std::move(copy), {moved.source});
    note(int(result_.nodes.size()) - 1, moved);
  }

  /// Information about a node of the new graph.
  std::optional<Moved> moved_of(int index) const {
    const auto at = std::find(index_.begin(), index_.end(), index);
    return at == index_.end() ? std::nullopt : moved_[at - index_.begin()];
  }

  static void take_names(Node& source, const Node& node) {
    source.aliases.push_back(node.name);
    source.aliases.insert(source.aliases.end(), node.aliases.begin(), node.aliases.end());
    source.tensors.insert(source.tensors.end(), node.tensors.begin(), node.tensors.end());
  }

  /// Computes before the move and moves the result, so that a later move can undo it. The node's
  /// name is that of the value before the move, its tensors' names are of the moved one.
  bool through_move(const Node& node) {
    const auto& first = moved_[node.inputs[0]];
    if (!first) return false;
    const Shape shape = result_.nodes[first->source].shape;
    const bool joins = std::holds_alternative<Concat>(node.op);
    std::vector<int> sources;
    for (int input : node.inputs) {
      const auto& moved = moved_[input];
      if (!moved || moved->move.index() != first->move.index()) return false;
      const bool same =
          joins ? order_of(*moved) && *order_of(*moved) == *order_of(*first)
                : same_move(*moved, *first) && result_.nodes[moved->source].shape == shape;
      if (!same) return false;
      sources.push_back(moved->source);
    }
    const auto op = before_move(node.op, *first, shape);
    if (!op) return false;
    std::vector<Shape> shapes;
    for (int source : sources) shapes.push_back(result_.nodes[source].shape);
    Node inner = node, outer = node;
    inner.op = *op;
    inner.shape = output_shape(node.name, inner.op, shapes);
    inner.tensors.clear();
    outer.name = node.name + kMovedName;
    outer.aliases.clear();
    outer.op = first->move;
    const Moved moved{int(result_.nodes.size()), first->move, node.shape};
    emit(std::move(inner), sources);
    emit(std::move(outer), {moved.source});
    note(moved.source + 1, moved);
    return true;
  }

  Graph result_;
  std::vector<int> index_;                   ///< new index of each old node
  std::vector<std::optional<Moved>> moved_;  ///< by old node, if its value is moved
};

std::vector<char> read_nodes(const Graph& graph) {
  std::vector<char> read(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes)
    for (int input : node.inputs) read[input] = 1;
  for (int output : graph.outputs) read[output] = 1;
  return read;
}

/// Moves that had a reader before and have none now become aliases of their source.
Graph without_idle_moves(Graph graph, const std::set<std::string>& read_before) {
  const std::vector<char> read = read_nodes(graph);
  std::vector<int> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (read[i] || !is_move(node.op) || !read_before.count(node.name)) {
      kept.push_back(int(i));
      continue;
    }
    Node& source = graph.nodes[node.inputs[0]];
    if (!node.name.ends_with(kMovedName)) source.aliases.push_back(node.name);
    source.aliases.insert(source.aliases.end(), node.aliases.begin(), node.aliases.end());
    source.aliases.insert(source.aliases.end(), node.tensors.begin(), node.tensors.end());
  }
  return prune(graph, kept).graph;
}

}  // namespace

Graph undo_moves(const Graph& graph) {
  std::set<std::string> read_before;
  const std::vector<char> read = read_nodes(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (read[i]) read_before.insert({graph.nodes[i].name, graph.nodes[i].name + kMovedName});
  return without_idle_moves(Walk(graph).take(), read_before);
}

}  // namespace rfmap
