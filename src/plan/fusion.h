#pragma once

#include <vector>

#include "plan/program.h"

namespace rfmap::plan {

/// Nodes that one Compute step runs: an operation, then perhaps a residual sum, then perhaps an
/// activation. `result` is the last of them, whose value the step makes.
struct Fused {
  int operation = kNone;
  int residual = kNone;  ///< node whose value is added
  int activation = kNone;
  int result = kNone;
};

/// Groups the nodes of a graph into steps, in an executable order. A value that has another reader
/// or is in `kept` is always the result of a step.
std::vector<Fused> fuse(const Graph& graph, const std::vector<int>& kept);

/// The step's computation.
Compute compute_of(const Graph& graph, const Fused& fused);

}  // namespace rfmap::plan
