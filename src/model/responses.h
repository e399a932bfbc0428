#pragma once

#include <optional>
#include <vector>

#include "rfmap/graph.h"

namespace rfmap::importing {

/// A convolution or fully connected node.
bool is_linear(const NodeOperation& op);

/// Which activation follows a node.
class Responses {
 public:
  explicit Responses(const Graph& graph);
  /// The node of the activation (also x * sigmoid(x), written as two nodes) that directly follows
  /// node `i` and is its only reader.
  std::optional<int> after_activation(int i) const;
  bool is_read(int i) const { return !readers_[i].empty(); }

 private:
  bool is_sigmoid_gate(int i, int sigmoid, int product) const;
  const Graph& graph_;
  std::vector<std::vector<int>> readers_;
};

}  // namespace rfmap::importing
