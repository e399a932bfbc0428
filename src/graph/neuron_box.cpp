#include "graph/neuron_box.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "rfmap/theory.h"

#include "graph/reads.h"

namespace rfmap {
namespace {

void extend(Span& hull, const Span& other) {
  if (other.empty()) return;
  hull = hull.empty() ? other
                      : Span{std::min(hull.first, other.first), std::max(hull.last, other.last)};
}

/// From the node back to the input; hulls suffice because every operation keeps the order of
/// positions.
Span whole_span(const Graph& graph, int node, int axis, int u) {
  std::vector<Span> hulls(std::size_t(node) + 1);
  hulls[std::size_t(node)] = {u, u};
  for (int i = node; i > 0; --i) {
    const Span out = hulls[std::size_t(i)];
    if (out.empty()) continue;
    const Node& reader = graph.nodes[std::size_t(i)];
    for (int k = 0; k < int(reader.inputs.size()); ++k)
      extend(hulls[std::size_t(reader.inputs[std::size_t(k)])],
             reads_of(graph, reader, k, axis, out));
  }
  return hulls[0];
}

/// Positions of a map, row-major: which of them reach a neuron.
using Mask = std::vector<char>;

/// Marks what the marked positions of a node read of its input number `k`.
void mark_reads(const Graph& graph, const Node& node, int k, const Mask& out, Mask& in) {
  const Shape& from = graph.nodes[std::size_t(node.inputs[std::size_t(k)])].shape;
  if (mixes_axis(node, from, 1) && mixes_axis(node, from, 2)) {
    std::fill(in.begin(), in.end(), char(1));
    return;
  }
  std::vector<Span> columns;
  for (int x = 0; x < node.shape.w; ++x)
    columns.push_back(clip(reads_of(graph, node, k, 2, {x, x}), from.w, repeats_border(node, 2)));
  for (int y = 0; y < node.shape.h; ++y) {
    const Span rows = clip(reads_of(graph, node, k, 1, {y, y}), from.h, repeats_border(node, 1));
    for (int x = 0; x < node.shape.w; ++x) {
      if (!out[std::size_t(y) * std::size_t(node.shape.w) + std::size_t(x)]) continue;
      const Span& taps = columns[std::size_t(x)];
      for (int row = rows.first; row <= rows.last; row += rows.step)
        for (int column = taps.first; column <= taps.last; column += taps.step)
          in[std::size_t(row) * std::size_t(from.w) + std::size_t(column)] = 1;
    }
  }
}

Rect hull_of(const Mask& mask, const Shape& shape) {
  Rect box{shape.h, shape.w, 0, 0};
  for (int y = 0; y < shape.h; ++y)
    for (int x = 0; x < shape.w; ++x)
      if (mask[std::size_t(y) * std::size_t(shape.w) + std::size_t(x)])
        box = {std::min(box.y0, y), std::min(box.x0, x), std::max(box.y1, y + 1),
               std::max(box.x1, x + 1)};
  return box.empty() ? Rect{} : box;
}

/// Through the maps position by position: hulls would see what a branch in padding alone does not.
Rect seen_box(const Graph& graph, int node, Point position) {
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
    const Node& reader = graph.nodes[std::size_t(i)];
    for (int k = 0; k < int(reader.inputs.size()); ++k)
      mark_reads(graph, reader, k, mask, at(reader.inputs[std::size_t(k)]));
  }
  return hull_of(at(0), graph.input());
}

}  // namespace

NeuronBox neuron_box(const Graph& graph, int node, Point position) {
  const Span y = whole_span(graph, node, 1, position.y), x = whole_span(graph, node, 2, position.x);
  NeuronBox box;
  if (!y.empty() && !x.empty()) box.whole = {y.first, x.first, y.last + 1, x.last + 1};
  box.centre = {(y.first + y.last) / 2.0, (x.first + x.last) / 2.0};
  box.clipped = seen_box(graph, node, position);
  if (!box.clipped.empty()) {  // a border that is repeated is read from beyond it
    const Rect &w = box.whole, &c = box.clipped;
    box.whole = {std::min(w.y0, c.y0), std::min(w.x0, c.x0), std::max(w.y1, c.y1),
                 std::max(w.x1, c.x1)};
  }
  return box;
}

Interval whole_interval(const Graph& graph, int node, int axis, int u) {
  const Span span = whole_span(graph, node, axis, u);
  constexpr double kFar = std::numeric_limits<double>::infinity();
  return span.empty() ? Interval{kFar, -kFar} : Interval{double(span.first), double(span.last)};
}

}  // namespace rfmap
