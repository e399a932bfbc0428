#pragma once

#include <algorithm>
#include <vector>

#include "rfmap/theory.h"

#include "graph/boxes.h"

namespace rfmap::test {

inline FieldSize size_of(const graph::BoxSource& source, int node) {
  const Shape& map = source.graph.nodes[std::size_t(node)].shape;
  return typical_size(graph::exact_field(source, node), {map.h, map.w});
}

inline double median(std::vector<double> sides) {
  std::ranges::sort(sides);
  return sides.empty() ? 0 : sides[sides.size() / 2];
}

/// Sides of the boxes of all neurons, one by one: the median of each axis.
inline FieldSize median_box(const Graph& graph, int node) {
  const Shape& map = graph.nodes[std::size_t(node)].shape;
  std::vector<double> rows, columns;
  for (int y = 0; y < map.h; ++y) {
    const Rect box = neuron_box(graph, node, {y, map.w / 2}).whole;
    if (!box.empty()) rows.push_back(box.y1 - box.y0);
  }
  for (int x = 0; x < map.w; ++x) {
    const Rect box = neuron_box(graph, node, {map.h / 2, x}).whole;
    if (!box.empty()) columns.push_back(box.x1 - box.x0);
  }
  return {median(rows), median(columns)};
}

}  // namespace rfmap::test
