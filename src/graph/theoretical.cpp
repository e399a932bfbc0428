#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <variant>
#include <vector>

#include "rfmap/field.h"

#include "graph/axes.h"
#include "graph/axis_rules.h"
#include "graph/facts.h"

namespace rfmap {

using namespace graph;

namespace {

/// One input of a node.
struct Source {
  const Field* field;
  const Shape* shape;
  const InputReads* reads;
  const AxisField& axis(int i) const { return i == 1 ? field->y : field->x; }
};
using Sources = std::vector<Source>;

/// A field of a map from its two axes (1: rows, 2: columns). Global if no path with a jump leads to
/// different positions.
template <class AxisRule>
Field by_axis(const Shape& map, AxisRule rule) {
  Field field{rule(1), rule(2), false};
  const bool rows = field.y.has_local(), columns = field.x.has_local();
  field.global = !(rows && columns) && (!rows || map.h == 1) && (!columns || map.w == 1);
  return field;
}

Field input_field(const Shape& shape) {
  Field field;
  for (int y = 0; y < shape.h; ++y) field.y.seen.push_back({double(y), double(y)});
  for (int x = 0; x < shape.w; ++x) field.x.seen.push_back({double(x), double(x)});
  return field;
}

bool is_pointwise(const Reads& reads) {
  const auto* sliding = std::get_if<Sliding>(&reads);
  return sliding && sliding->pointwise();
}

/// Output and input have the same positions.
bool keeps_places(const Source& source, const Shape& out) {
  return is_pointwise(source.reads->y) && is_pointwise(source.reads->x) &&
         source.shape->h == out.h && source.shape->w == out.w;
}

bool is_whole(const Reads& reads) {
  const auto* whole = std::get_if<WholeAxis>(&reads);
  return whole && !whole->moved;
}

/// What an output of `out` positions along the axis sees through one input.
AxisField through(const Source& source, int axis, int out) {
  const InputReads& reads = *source.reads;
  const AxisField& in = source.axis(axis);
  AxisField field = field_through(reads.along(axis), in, extent(*source.shape, axis), out);
  // All of the map, wherever its positions went.
  if (is_whole(reads.y) && is_whole(reads.x)) field.followed = true;
  if (!reads.statistics || !is_whole(reads.along(axis))) return field;
  field.single = true;
  return merge(std::array{in, field});
}

/// Of values that no pixel changes.
Field constant_field(const Shape& shape) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Field field;
  field.y.pieces.clear(), field.x.pieces.clear();
  field.y.seen.assign(shape.h, {kFar, -kFar});
  field.x.seen.assign(shape.w, {kFar, -kFar});
  return field;
}

Field node_field(const Node& node, const Sources& in) {
  const Shape& out = node.shape;
  if (in.empty())
    return std::holds_alternative<Input>(node.op) ? input_field(out) : constant_field(out);
  if (in.size() == 1 && keeps_places(in.front(), out)) return *in.front().field;
  return by_axis(out, [&](int axis) {
    std::vector<AxisField> fields;
    for (const Source& source : in) fields.push_back(through(source, axis, extent(out, axis)));
    return fields.size() == 1 ? fields.front() : merge(fields);
  });
}

Field hull(const Shape& map, const std::vector<const Field*>& fields) {
  return by_axis(map, [&](int axis) {
    std::vector<AxisField> axes;
    for (const Field* field : fields) axes.push_back(axis == 1 ? field->y : field->x);
    return merge(axes);
  });
}

/// The channels that a channel reads, by input.
using Ranges = std::vector<ChannelRange>;
/// The distinct fields among them, by input.
using Key = std::vector<std::set<int>>;

Ranges ranges_of(const Graph& graph, const Node& node, const Facts& facts, int channel) {
  Ranges ranges;
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    ranges.push_back(
        channels_read(facts.inputs[i].channels, channel, graph.nodes[node.inputs[i]].shape.c));
  return ranges;
}

Key key_of(const Node& node, const std::vector<ChannelFields>& known, const Ranges& ranges) {
  Key key;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::vector<int>& of = known[node.inputs[i]].of;
    key.emplace_back(of.begin() + ranges[i].begin, of.begin() + ranges[i].end);
  }
  return key;
}

Field field_for(const Graph& graph, const Node& node, const Facts& facts,
                const std::vector<ChannelFields>& known, const Key& key) {
  std::vector<Field> hulls;
  std::vector<int> used;
  for (int i = 0; i < int(key.size()); ++i) {
    std::vector<const Field*> read;
    for (int id : key[i]) read.push_back(&known[node.inputs[i]].fields[id]);
    if (read.empty()) continue;  // another branch
    hulls.push_back(hull(graph.nodes[node.inputs[i]].shape, read));
    used.push_back(i);
  }
  Sources in;
  for (std::size_t i = 0; i < hulls.size(); ++i)
    in.push_back({&hulls[i], &graph.nodes[node.inputs[used[i]]].shape, &facts.inputs[used[i]]});
  return node_field(node, in);
}

ChannelFields fields_of_channels(const Graph& graph, const Node& node,
                                 const std::vector<ChannelFields>& known) {
  const Facts facts = facts_of(graph, node);
  ChannelFields result;
  std::map<Ranges, int> by_ranges;  // in most operations all channels read the same channels
  std::map<Key, int> by_key;
  for (int c = 0; c < node.shape.c; ++c) {
    const Ranges ranges = ranges_of(graph, node, facts, c);
    const auto [same, new_ranges] = by_ranges.try_emplace(ranges, 0);
    if (new_ranges) {
      const auto [entry, new_key] =
          by_key.try_emplace(key_of(node, known, ranges), int(result.fields.size()));
      if (new_key) result.fields.push_back(field_for(graph, node, facts, known, entry->first));
      same->second = entry->second;
    }
    result.of.push_back(same->second);
  }
  return result;
}

}  // namespace

std::vector<ChannelFields> channel_fields(const Graph& graph) {
  std::vector<ChannelFields> known;
  for (const Node& node : graph.nodes) known.push_back(fields_of_channels(graph, node, known));
  return known;
}

std::vector<Field> theoretical_fields(const Graph& graph) {
  std::vector<Field> fields;
  fields.reserve(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    const Facts facts = facts_of(graph, node);
    Sources in;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      in.push_back({&fields[node.inputs[i]], &graph.nodes[node.inputs[i]].shape, &facts.inputs[i]});
    fields.push_back(node_field(node, in));
  }
  return fields;
}

}  // namespace rfmap
