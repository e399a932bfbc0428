#include "graph/neuron_box.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "rfmap/theory.h"

#include "core/hull.h"
#include "graph/axes.h"
#include "graph/reads.h"

namespace rfmap {

using namespace graph;

namespace {

void extend(Span& hull, const Span& other) {
  if (other.empty()) return;
  hull = hull.empty() ? other
                      : Span{std::min(hull.first, other.first), std::max(hull.last, other.last)};
}

/// All reads between a node and the input, along one axis, from the node back: listed once, because
/// a map may have millions of positions.
class PathToInput {
 public:
  /// `reads_at(i, k)`: what node i reads of its input k; null if that does not count.
  template <class ReadsAt>
  PathToInput(const Graph& graph, int node, int axis, const ReadsAt& reads_at)
      : node_(node), hulls_(std::size_t(node) + 1) {
    std::vector<char> met(std::size_t(node) + 1, 0);
    met[std::size_t(node)] = 1;
    for (int i = node; i > 0; --i) {
      if (!met[std::size_t(i)]) continue;
      const std::vector<int>& inputs = graph.nodes[std::size_t(i)].inputs;
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        const Reads* reads = reads_at(i, k);
        if (!reads) continue;
        met[std::size_t(inputs[k])] = 1;
        steps_.push_back(
            {i, inputs[k], extent(graph.nodes[std::size_t(inputs[k])].shape, axis), reads});
      }
    }
  }

  /// What position u of the node reads of the input. Hulls suffice because every operation's
  /// formula keeps the order of positions.
  Span span(int u) {
    hulls_[std::size_t(node_)] = {u, u};
    for (const Step& step : steps_) {
      const Span& out = hulls_[std::size_t(step.reader)];
      if (!out.empty())
        extend(hulls_[std::size_t(step.input)], reads_of(*step.reads, step.extent, out));
    }
    const Span all = hulls_[0];
    for (const Step& step : steps_) hulls_[std::size_t(step.input)] = {};
    return all;
  }

 private:
  struct Step {
    int reader, input, extent;
    const Reads* reads;
  };
  int node_;
  std::vector<Step> steps_;
  std::vector<Span> hulls_;  ///< by node; empty between calls, but for the node's own
};

PathToInput whole_path(const Graph& graph, const std::vector<Facts>& facts, int node, int axis) {
  return {graph, node, axis,
          [&](int i, std::size_t k) { return &facts[std::size_t(i)].inputs[k].along(axis); }};
}

/// Without gates, and without statistics of the whole axis.
PathToInput local_path(const BoxSource& source, int node, int axis) {
  static const Reads kOwnPosition = Sliding{};
  return {source.graph, node, axis, [&](int i, std::size_t k) -> const Reads* {
            const InputReads& reads = source.facts[std::size_t(i)].inputs[k];
            const Reads& along = reads.along(axis);
            const int input = source.graph.nodes[std::size_t(i)].inputs[k];
            const Field& field = source.fields[std::size_t(input)];
            const bool local = (axis == 1 ? field.y : field.x).has_local();
            if (!local || std::holds_alternative<Broadcast>(along)) return nullptr;
            const bool statistics = reads.statistics && std::holds_alternative<WholeAxis>(along);
            return statistics ? &kOwnPosition : &along;
          }};
}

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
  const Span y = whole_path(graph, facts, node, 1).span(position.y),
             x = whole_path(graph, facts, node, 2).span(position.x);
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

std::vector<Interval> graph::local_intervals(const BoxSource& source, int node, int axis) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  const Field& field = source.fields[std::size_t(node)];
  const bool gated = (axis == 1 ? field.y : field.x).has_global_path();
  PathToInput path =
      gated ? local_path(source, node, axis) : whole_path(source.graph, source.facts, node, axis);
  std::vector<Interval> all;
  for (int u = 0; u < extent(source.graph.nodes[std::size_t(node)].shape, axis); ++u) {
    const Span span = path.span(u);
    all.push_back(span.empty() ? Interval{kFar, -kFar}
                               : Interval{double(span.first), double(span.last)});
  }
  return all;
}

}  // namespace rfmap
