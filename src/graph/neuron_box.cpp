#include <algorithm>
#include <utility>
#include <vector>

#include "rfmap/theory.h"

#include "core/hull.h"
#include "graph/axes.h"
#include "graph/boxes.h"
#include "graph/reads.h"

namespace rfmap {

using namespace graph;

namespace {

/// For each position of a map, row-major: whether it affects a neuron.
using Mask = std::vector<char>;

/// Marks the positions of an input of shape `from` that the marked positions of a map of `shape`
/// read.
void mark_reads(const InputReads& reads, const Shape& shape, const Shape& from, const Mask& out,
                Mask& in) {
  if (std::holds_alternative<WholeAxis>(reads.y) && std::holds_alternative<WholeAxis>(reads.x)) {
    std::fill(in.begin(), in.end(), char(1));
    return;
  }
  const auto inside = [&](int axis, int u) {
    return reads_inside(reads.along(axis), extent(from, axis), u);
  };
  std::vector<Span> columns;
  for (int x = 0; x < shape.w; ++x) columns.push_back(inside(2, x));
  for (int y = 0; y < shape.h; ++y) {
    const Span rows = inside(1, y);
    for (int x = 0; x < shape.w; ++x) {
      if (!out[std::size_t(y) * shape.w + x]) continue;
      const Span& taps = columns[x];
      for (int row = rows.first; row <= rows.last; row += rows.step)
        for (int column = taps.first; column <= taps.last; column += taps.step)
          in[std::size_t(row) * from.w + column] = 1;
    }
  }
}

/// Goes through the maps position by position: hulls would include pixels that a branch which reads
/// only padding does not see.
Rect seen_box(const Graph& graph, const std::vector<Facts>& facts, int node, Point position) {
  std::vector<Mask> masks(std::size_t(node) + 1);
  const auto at = [&](int i) -> Mask& {
    Mask& mask = masks[std::size_t(i)];
    mask.resize(graph.nodes[std::size_t(i)].shape.area(), 0);
    return mask;
  };
  const int width = graph.nodes[std::size_t(node)].shape.w;
  at(node)[std::size_t(position.y) * std::size_t(width) + std::size_t(position.x)] = 1;
  for (int i = node; i > 0; --i) {
    Mask mask = std::move(masks[std::size_t(i)]);
    if (std::find(mask.begin(), mask.end(), char(1)) == mask.end()) continue;
    const Node& reader = graph.nodes[i];
    for (std::size_t k = 0; k < reader.inputs.size(); ++k) {
      const int input = reader.inputs[k];
      mark_reads(facts[i].inputs[k], reader.shape, graph.nodes[input].shape, mask, at(input));
    }
  }
  const Mask& seen = at(0);
  return core::hull_of({graph.input().h, graph.input().w}, [&](std::size_t i) { return seen[i]; });
}

}  // namespace

NeuronBox neuron_box(const Graph& graph, int node, Point position) {
  const std::vector<Facts> facts = facts_of(graph);
  const Span y = pixels_read(graph, facts, node, 1, position.y),
             x = pixels_read(graph, facts, node, 2, position.x);
  NeuronBox box;
  if (!y.empty() && !x.empty()) box.whole = {y.first, x.first, y.last + 1, x.last + 1};
  box.centre = {(y.first + y.last) / 2.0, (x.first + x.last) / 2.0};
  box.clipped = seen_box(graph, facts, node, position);
  if (!box.clipped.empty()) {  // a border that is repeated is read from beyond it
    const Rect &w = box.whole, &c = box.clipped;
    box.whole = {std::min(w.y0, c.y0), std::min(w.x0, c.x0), std::max(w.y1, c.y1),
                 std::max(w.x1, c.x1)};
  }
  return box;
}

}  // namespace rfmap
