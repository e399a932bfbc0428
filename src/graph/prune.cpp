#include <vector>

#include "rfmap/graph.h"

namespace rfmap {
Pruned prune(const Graph& graph, const std::vector<int>& targets) {
  // What the targets need. Inputs of a node come before it, so one walk backwards is enough.
  std::vector<char> needed(graph.nodes.size(), 0);
  needed[0] = 1;
  for (int target : targets) needed[target] = 1;
  for (int i = int(graph.nodes.size()) - 1; i >= 0; --i)
    if (needed[i])
      for (int input : graph.nodes[i].inputs) needed[input] = 1;
  Pruned result;
  result.new_index.assign(graph.nodes.size(), -1);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needed[i]) continue;
    result.new_index[i] = int(result.graph.nodes.size());
    Node node = graph.nodes[i];
    for (int& input : node.inputs) input = result.new_index[input];
    result.graph.nodes.push_back(std::move(node));
  }
  for (int output : graph.outputs)
    if (needed[output]) result.graph.outputs.push_back(result.new_index[output]);
  return result;
}

}  // namespace rfmap
