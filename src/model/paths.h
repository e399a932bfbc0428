#pragma once

#include <string>
#include <unordered_map>

#include "rfmap/graph.h"

#include "model/responses.h"

namespace rfmap::importing {

/// What the path of a module means.
struct ModuleOutput {
  int last = 0;       ///< the last node in or below the module: its output
  int owner = kNone;  ///< the node that has the module's path as its own; none for a container
};

/// By path: modules of nodes ("layer1.0.conv1") and those around them ("layer1.0", "layer1"). Where
/// the last node is the activation of a convolution of the same module, the convolution owns it.
std::unordered_map<std::string, ModuleOutput> module_outputs(const Graph& graph,
                                                             const Responses& responses);

/// Makes paths final: an owner's path is its module's; paths that are not unique, or name another
/// node, are dropped.
void settle_paths(Graph& graph);

}  // namespace rfmap::importing
