#include "graph/boxes.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "graph/axes.h"
#include "graph/axis_rules.h"
#include "graph/reads.h"

namespace rfmap::graph {
namespace {

void extend_span(Span& hull, const Span& other) {
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
        extend_span(hulls_[std::size_t(step.input)], reads_of(*step.reads, step.extent, out));
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

/// By node: the channels that lead to one channel of the last of them; empty: all of them.
using LeadingChannels = std::vector<std::vector<char>>;

LeadingChannels leading_channels(const BoxSource& source, int node, int channel) {
  LeadingChannels leading;
  for (int i = 0; i <= node; ++i)
    leading.emplace_back(std::size_t(source.graph.nodes[std::size_t(i)].shape.c), char(0));
  leading[std::size_t(node)][std::size_t(channel)] = 1;
  for (int i = node; i > 0; --i) {
    const Node& reader = source.graph.nodes[std::size_t(i)];
    for (std::size_t k = 0; k < reader.inputs.size(); ++k) {
      std::vector<char>& read = leading[std::size_t(reader.inputs[k])];
      ChannelRange last;  // in most operations all channels read the same channels
      for (int c = 0; c < reader.shape.c; ++c) {
        if (!leading[std::size_t(i)][std::size_t(c)]) continue;
        const ChannelRange range =
            channels_read(source.facts[std::size_t(i)].inputs[k].channels, c, int(read.size()));
        if (range == last) continue;
        std::fill(read.begin() + range.begin, read.begin() + range.end, char(1));
        last = range;
      }
    }
  }
  return leading;
}

/// Some leading channel of node i reads its input k.
bool reads_any(const BoxSource& source, const LeadingChannels& leading, int i, std::size_t k) {
  const Node& reader = source.graph.nodes[std::size_t(i)];
  const int channels = source.graph.nodes[std::size_t(reader.inputs[k])].shape.c;
  for (int c = 0; c < reader.shape.c; ++c)
    if (leading[std::size_t(i)][std::size_t(c)] &&
        channels_read(source.facts[std::size_t(i)].inputs[k].channels, c, channels).size() > 0)
      return true;
  return false;
}

/// Local paths are those without gates, and without statistics of the whole axis.
enum class Paths { all, local };

PathToInput path_to(const BoxSource& source, int node, int axis, Paths paths,
                    const LeadingChannels& leading) {
  static const Reads own_position = Sliding{};
  return {source.graph, node, axis, [&](int i, std::size_t k) -> const Reads* {
            const InputReads& reads = source.facts[std::size_t(i)].inputs[k];
            const Reads& along = reads.along(axis);
            const int input = source.graph.nodes[std::size_t(i)].inputs[k];
            if (!leading.empty() && !reads_any(source, leading, i, k)) return nullptr;
            if (paths == Paths::all) return &along;
            const Field& field = source.fields[std::size_t(input)];
            const bool has_local = (axis == 1 ? field.y : field.x).has_local();
            if (!has_local || std::holds_alternative<Broadcast>(along)) return nullptr;
            const bool statistics = reads.statistics && std::holds_alternative<WholeAxis>(along);
            return statistics ? &own_position : &along;
          }};
}

std::vector<Interval> boxes_along(PathToInput path, int positions) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  std::vector<Interval> all;
  for (int u = 0; u < positions; ++u) {
    const Span span = path.span(u);
    all.push_back(span.empty() ? Interval{kFar, -kFar}
                               : Interval{double(span.first), double(span.last)});
  }
  return all;
}

std::vector<Interval> boxes_of(const BoxSource& source, int node, int axis, const AxisField& own,
                               int channel) {
  const int positions = extent(source.graph.nodes[std::size_t(node)].shape, axis);
  std::vector<Interval> all;
  if (source.follows_formula[std::size_t(node)]) {
    const AxisField local = own.local();
    for (int u = 0; u < positions; ++u) all.push_back(local.at(u));
  } else {
    LeadingChannels leading;
    if (channel != kNone) leading = leading_channels(source, node, channel);
    const Paths paths = own.has_global_path() ? Paths::local : Paths::all;
    all = boxes_along(path_to(source, node, axis, paths, leading), positions);
  }
  if (!own.has_global_path())
    for (std::size_t u = 0; u < own.seen.size(); ++u)  // a repeated border is read from beyond it
      extend(all[u], own.seen[u]);
  return all;
}

const AxisField& along(const Field& field, int axis) { return axis == 1 ? field.y : field.x; }

/// `channel`: by the channels that lead to it only, whose field is `field`; kNone: by all.
Field with_boxes(const BoxSource& source, int node, Field field, int channel) {
  if (source.follows_formula[std::size_t(node)] || field.global || !field.followed()) return field;
  for (const int axis : {1, 2}) {
    AxisField& own = axis == 1 ? field.y : field.x;
    std::vector<Interval> boxes = boxes_of(source, node, axis, own, channel);
    for (std::size_t u = 0; u < boxes.size(); ++u)  // constants see nothing
      if (boxes[u].first > boxes[u].last) boxes[u] = own.local().by_formula(int(u));
    own.boxes = std::move(boxes);
  }
  return field;
}

std::vector<char> nodes_by_formula(const Graph& graph, const std::vector<Facts>& facts) {
  std::vector<char> follows;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    bool plain = true;
    for (const InputReads& reads : facts[i].inputs)
      plain = plain && follows_formula(reads.y) && follows_formula(reads.x);
    for (int input : graph.nodes[i].inputs) plain = plain && follows[std::size_t(input)];
    follows.push_back(char(plain));
  }
  return follows;
}

}  // namespace

BoxSource::BoxSource(const Graph& g)
    : graph(g),
      facts(facts_of(g)),
      fields(theoretical_fields(g)),
      follows_formula(nodes_by_formula(g, facts)) {}

double length(const Interval& box) { return box.first > box.last ? 0 : box.last - box.first + 1; }

std::vector<Interval> local_boxes(const BoxSource& source, int node, int axis) {
  return boxes_of(source, node, axis, along(source.fields[std::size_t(node)], axis), kNone);
}

Field exact_field(const BoxSource& source, int node) {
  return with_boxes(source, node, source.fields[std::size_t(node)], kNone);
}

Span pixels_read(const Graph& graph, const std::vector<Facts>& facts, int node, int axis,
                 int position) {
  const auto all = [&](int i, std::size_t k) {
    return &facts[std::size_t(i)].inputs[k].along(axis);
  };
  return PathToInput(graph, node, axis, all).span(position);
}

std::vector<FieldSize> unit_sizes(const BoxSource& source, const ChannelFields& channels, int node,
                                  const std::vector<int>& units) {
  const Shape& shape = source.graph.nodes[std::size_t(node)].shape;
  const Size map{shape.h, shape.w};
  std::map<int, FieldSize> known;
  std::vector<FieldSize> sizes;
  for (const int unit : units) {
    const Field& own = channels.at(unit);
    const auto [size, fresh] = known.try_emplace(channels.of[std::size_t(unit)]);
    if (fresh) size->second = typical_size(with_boxes(source, node, own, unit), map);
    sizes.push_back(size->second);
  }
  return sizes;
}

}  // namespace rfmap::graph
