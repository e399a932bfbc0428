#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rfmap/graph.h"

#include "model/constant.h"
#include "model/names.h"
#include "model/view.h"

namespace rfmap::importing {

/// A tensor of the file that the network computes: the node that holds its values, its extents as
/// in the file (samples included), and where its axes lie in the node's map.
struct Value {
  int node = -1;
  Dims dims;
  Axes axes;
  bool on_grid = true;     ///< rows and columns of the map are those of the image
  std::vector<int> moves;  ///< transposes and reshapes of the file since the node was computed
};

/// Throws Refusal if the rank is not 4.
void expect_map(const Value& value);
/// Trailing axes of extent 1 are added or removed.
Value with_rank(Value value, std::size_t rank);

/// The names of a new node in the file.
struct Label {
  std::string name;
  std::vector<std::string> tensors;
};

/// What a node gives: a shape that does not follow from the operation, or extents and axes.
struct Result {
  Dims dims;
  Axes axes;
  bool on_grid = true;
};

/// Builds a graph node by node; shapes follow from the operations.
class Builder {
 public:
  /// How far the graph has been built.
  struct Mark {
    std::size_t nodes = 0, moves = 0;
  };
  /// Appends a node. Its inputs are taken as [samples, c, h, w] (element-wise operations: in any
  /// order of axes, which the result keeps); the result has the rank of the first input. Throws
  /// ModelError (shapes).
  Value add(const Label& label, const NodeOperation& op, const std::vector<Value>& inputs);
  /// The same, for operations whose shape does not follow: `dims` are the extents of the result.
  Value add_shaped(const Label& label, const NodeOperation& op, const std::vector<Value>& inputs,
                   const Dims& dims);
  /// The image: a tensor whose axes lie in a map of `shape`.
  Value add_input(const Label& label, const Shape& shape, Result result);
  /// An operation on the maps of the inputs as they are.
  Value add_on_maps(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
                    Result result, const Shape& wanted = {});
  /// The same where the result lies as the first input does.
  Value add_in_place(const Label& label, NodeOperation op, const std::vector<Value>& inputs);
  /// For an operation that cannot be read (theory): all of its inputs, in any order of axes.
  Value add_stand_in(const Label& label, TheoryOnly op, const std::vector<Value>& inputs,
                     const Dims& dims);
  /// Constant values of [c, h, w] `dims` (without samples).
  Value add_parameter(const Label& label, Floats values, const Dims& dims);

  /// The tensor with its axes laid out so; adds a node if values have to move. An axis that joins
  /// samples with other positions has a place for these, and still counts through both. `label`: of
  /// the operation that needs it. Throws Refusal for an axis without a place.
  Value laid_out(const Label& label, const Value& value, const Layout& layout);
  /// As [samples, c, h, w] of rank 2 to 4.
  Value as_map(const Label& label, const Value& value);
  /// All values as channels.
  Value in_one_axis(const Label& label, const Value& value);
  /// In the layout of `main`, whose extents it has or, where it has 1, is broadcast to as far as
  /// its map needs it.
  Value in_layout_of(const Label& label, const Value& value, const Value& main);
  /// Constants that repeat their values for each sample of the others, along one of the first
  /// `axes` axes (which may join samples with other positions), have them once. All have the same
  /// rank. Throws Refusal if samples differ.
  std::vector<Value> with_equal_samples(const Label& label, const std::vector<Value>& values,
                                        std::size_t axes);
  /// All in the layout of one, broadcast to `dims` by numpy's rule where the map needs it.
  std::vector<Value> aligned(const Label& label, const std::vector<Value>& values,
                             const Dims& dims);

  /// A node that moves values of the map.
  Value arranged(const Label& label, const Value& value, Rearrange move, const Shape& shape,
                 Result result);
  /// The tensor after a node of the file that only changes extents and order of axes.
  Value moved(const Label& label, Value value, Dims dims, Axes axes);
  /// Makes this node of the file, which does nothing, an alias of `value`, its result. Takes effect
  /// at commit().
  const Value& alias(const Value& value, const Label& label) {
    aliases_.emplace_back(value, label);
    return value;
  }

  /// Shape of the map that holds the value.
  const Shape& shape(const Value& value) const { return graph_.nodes[value.node].shape; }
  const std::string& name(const Value& value) const { return graph_.nodes[value.node].name; }
  Mark mark() const { return {graph_.nodes.size(), moves_.size()}; }
  bool is_constant(const Value& value) const {
    return std::holds_alternative<Parameter>(graph_.nodes[value.node].op);
  }
  std::int64_t samples() const { return samples_; }
  /// To be called before a constant is repeated over a map: throws Refusal where these have become
  /// too many.
  void count_spread(std::size_t numbers);
  /// All from the mark on comes from this module of the exporting program.
  void place(const Mark& from, const std::string& module, const std::string& path);
  /// To be called when the node of the file has been imported completely.
  void commit();
  /// Removes what a refused node had added since the mark, and its aliases.
  void roll_back(const Mark& to);
  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  /// The graph; moves of the file that needed no node become aliases.
  Graph finish();

 private:
  /// A transpose or reshape of the file.
  struct Move {
    Label label;
    Value value;  ///< after it
    std::string module, path;
    int made = kNone;  ///< the node that carries it out
  };
  /// Node and digits of a value that has been moved already.
  using Moved = std::tuple<int, std::vector<int>>;

  int append(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
             const Shape& wanted);
  Value named(int node, Result result, const std::vector<std::string>& tensors);
  Value over_parts(const Label& label, const NodeOperation& op, const Value& input);
  Value turned(const Label& label, const NodeOperation& op, const Value& input, const Dims& dims);
  int rearranged(const Label& label, const Value& value, Rearrange move, const Shape& shape);
  Value carried_out(const Label& label, const Value& value, Rearrange move, const Shape& shape,
                    Value result);
  int open_move(const Value& value) const;
  void note_moves(const Value& value, int last, const Value& result);
  Value of_one_sample(const Label& label, const Value& constant, std::size_t at,
                      const Digits& like);
  Value common(const std::vector<Value>& values, const Dims& dims) const;
  static void name_tensors(Node& node, const Value& value, const std::vector<std::string>& names);

  Graph graph_;
  std::int64_t samples_ = 1;
  std::int64_t places_ = 0, channels_ = 0;  ///< rows and columns of all maps; their channels
  std::int64_t spread_ = 0;                 ///< numbers of constants spread over maps
  UniqueNames names_;
  std::vector<std::pair<Value, Label>> aliases_;
  std::vector<Move> moves_;
  std::map<Moved, int> made_;
};

}  // namespace rfmap::importing
