#include <variant>

#include "rfmap/graph.h"

namespace rfmap {

double macs(const Graph& graph, int index) {
  const Node& node = graph.nodes[index];
  if (const auto* conv = std::get_if<Conv>(&node.op)) {
    const double in_channels = graph.nodes[node.inputs[0]].shape.c;
    const double taps = in_channels / conv->groups * conv->kernel.h * conv->kernel.w;
    return double(node.shape.volume()) * taps;
  }
  if (std::holds_alternative<FullyConnected>(node.op))
    return double(node.shape.volume()) * double(graph.nodes[node.inputs[0]].shape.volume());
  return 0;
}

}  // namespace rfmap
