#include "plan/windows/joins.h"

#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "graph/axes.h"

namespace rfmap::plan {
namespace {

/// `length` positions from `begin` on, of all `count`; the others have no tap.
AxisTaps placed(int begin, int length, int count) {
  std::vector<int> index;
  for (int u = 0; u < count; ++u)
    index.push_back(u >= begin && u < begin + length ? u - begin : -1);
  AxisTaps taps;
  taps.index = std::make_shared<const std::vector<int>>(std::move(index));
  taps.weight = std::make_shared<const std::vector<float>>(std::size_t(count), 1.f);
  taps.reads.shift = -begin;
  return taps;
}

}  // namespace

bool joins_sides(const Node& node) {
  const auto* concat = std::get_if<Concat>(&node.op);
  return concat && concat->axis > 0 && node.inputs.size() > 1;
}

PlacedJoins place_joins(const Graph& graph) {
  PlacedJoins result;
  std::vector<Node>& nodes = result.graph.nodes;
  for (const Node& node : graph.nodes) {
    Node copy = node;
    for (int& input : copy.inputs) input = result.new_index[input];
    if (joins_sides(node)) {
      const int axis = std::get<Concat>(node.op).axis;
      int begin = 0;
      for (int& input : copy.inputs) {
        const int length = extent(nodes[input].shape, axis);
        Resample place;
        (axis == 1 ? place.y : place.x) = placed(begin, length, extent(node.shape, axis));
        place.kind = "placing";
        nodes.push_back(
            {fmt::format("{}/placed{}", node.name, begin), {}, {}, place, {input}, node.shape});
        input = int(nodes.size()) - 1;
        begin += length;
      }
      copy.op = Elementwise{Elementwise::Kind::sum};
    }
    result.new_index.push_back(int(nodes.size()));
    nodes.push_back(std::move(copy));
  }
  for (const int output : graph.outputs) result.graph.outputs.push_back(result.new_index[output]);
  return result;
}

}  // namespace rfmap::plan
