#include "model/paths.h"

#include <cstddef>
#include <unordered_set>

namespace rfmap::importing {

std::unordered_map<std::string, ModuleOutput> module_outputs(const Graph& graph,
                                                             const Responses& responses) {
  std::unordered_map<std::string, ModuleOutput> outputs;
  for (int i = 1; i < int(graph.nodes.size()); ++i) {
    const std::string& module = graph.nodes[i].module;
    for (std::size_t end = module.size(); end != std::string::npos && end > 0;
         end = module.rfind('.', end - 1))
      outputs[module.substr(0, end)].last = i;
  }
  for (auto& [path, output] : outputs)
    if (graph.nodes[output.last].module == path) output.owner = output.last;
  for (int i = 1; i < int(graph.nodes.size()); ++i) {
    const auto found = outputs.find(graph.nodes[i].module);
    if (found != outputs.end() && is_linear(graph.nodes[i].op) &&
        responses.after_activation(i) == found->second.last)
      found->second.owner = i;
  }
  return outputs;
}

void settle_paths(Graph& graph) {
  const auto outputs = module_outputs(graph, Responses(graph));
  std::unordered_map<std::string, int> by_name;
  for (int i = 0; i < int(graph.nodes.size()); ++i) by_name.emplace(graph.nodes[i].name, i);
  std::unordered_set<std::string> taken;
  for (int i = int(graph.nodes.size()) - 1; i >= 0; --i) {
    Node& node = graph.nodes[i];
    if (node.module.empty()) continue;
    const bool owns = outputs.at(node.module).owner == i;
    if (owns) node.path = node.module;
    const auto named = by_name.find(node.path);
    const bool clashes =
        (!owns && outputs.contains(node.path)) || (named != by_name.end() && named->second != i);
    if (clashes || !taken.insert(node.path).second) node.path.clear();
  }
}

}  // namespace rfmap::importing
