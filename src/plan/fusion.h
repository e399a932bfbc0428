#pragma once

#include <vector>

#include "rfmap/graph.h"

namespace rfmap {

/// Nodes that one Compute step runs: an operation, then perhaps a residual sum, then perhaps an
/// activation. `result` is the last of them, whose value the step makes.
struct Fused {
  int operation = -1;
  int residual = -1;  ///< node whose value is added, or -1
  int activation = -1;
  int result = -1;
};

/// Groups the nodes of a graph into steps, in an executable order. A value that has another reader
/// or is in `kept` is always the result of a step.
std::vector<Fused> fuse(const Graph& graph, const std::vector<int>& kept);

}  // namespace rfmap
