#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "rfmap/graph.h"

#include "model/constant.h"
#include "model/names.h"

namespace rfmap::importing {

/// A tensor of the file that the network computes: the node that computes it and its extents as in
/// the file, batch first. Rank 4 is (N, c, h, w); rank 3 (N, c, h), rank 2 (N, c).
struct Value {
  int node = -1;
  Dims dims;
  int shuffled = 0;  ///< rank 5 only: groups, once the two channel axes are transposed
  std::vector<std::string> pending;  ///< rank 5 only: names of the nodes passed so far
};

/// Shape without the batch; throws Refusal for ranks other than 2, 3 and 4.
Shape map_shape(const Dims& dims);
/// Throws Refusal if the rank is not 4.
void expect_map(const Value& value);

/// The names of a new node in the file.
struct Label {
  std::string name;
  std::vector<std::string> tensors;
};

/// Builds a graph node by node; shapes follow from the operations.
class Builder {
 public:
  /// Appends a node; the result has the rank of the first input. Throws ModelError (shapes).
  Value add(const Label& label, NodeOperation op, const std::vector<Value>& inputs);
  /// The same, for operations whose shape does not follow: `dims` are the extents of the result.
  Value add_shaped(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
                   const Dims& dims);
  /// Makes this node of the file, which does nothing, an alias of `value`, its result. Takes effect
  /// at commit().
  const Value& alias(const Value& value, const Label& label) {
    aliases_.emplace_back(value.node, label);
    return value;
  }

  Shape shape(const Value& value) const { return map_shape(value.dims); }
  const std::string& name(const Value& value) const { return graph_.nodes[value.node].name; }
  std::size_t size() const { return graph_.nodes.size(); }
  /// Nodes from index `from` on come from this module of the exporting program.
  void place(std::size_t from, const std::string& module, const std::string& path);
  /// To be called when the node of the file has been imported completely.
  void commit();
  /// Removes what a refused node had added: all nodes from index `size` on, and its aliases.
  void roll_back(std::size_t size);
  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }

 private:
  int append(const Label& label, NodeOperation op, const std::vector<Value>& inputs,
             const Shape& wanted);
  Graph graph_;
  UniqueNames names_;
  std::vector<std::pair<int, Label>> aliases_;
};

}  // namespace rfmap::importing
