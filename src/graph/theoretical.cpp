#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "rfmap/field.h"

#include "core/overloaded.h"
#include "graph/axes.h"
#include "graph/axis_rules.h"
#include "graph/channel_reads.h"
#include "graph/reads.h"

namespace rfmap {
namespace {

/// One input of a node.
struct Source {
  const Field* field;
  const Shape* shape;
  const AxisField& axis(int i) const { return i == 1 ? field->y : field->x; }
};
using Sources = std::vector<Source>;

/// A field from its two axes (1: rows, 2: columns). Global where an input is and no path is left
/// that keeps places apart.
template <class AxisRule>
Field by_axis(const Sources& in, AxisRule rule) {
  Field field{rule(1), rule(2), false};
  for (const Source& source : in) field.global |= source.field->global;
  field.global = field.global && !field.y.has_local() && !field.x.has_local();
  return field;
}

Field input_field(const Shape& shape) {
  Field field;
  for (int y = 0; y < shape.h; ++y) field.y.seen.push_back({double(y), double(y)});
  for (int x = 0; x < shape.w; ++x) field.x.seen.push_back({double(x), double(x)});
  return field;
}

template <class Op>
Field window_field(const Sources& in, const Op& o, const Shape& out) {
  return by_axis(in, [&](int axis) {
    const AxisWindow window = axis == 1
                                  ? AxisWindow{o.kernel.h, o.stride.h, o.dilation.h, o.pad.top}
                                  : AxisWindow{o.kernel.w, o.stride.w, o.dilation.w, o.pad.left};
    return slide(in[0].axis(axis), window, extent(out, axis));
  });
}

Field global_field(const Sources& in, const Shape& out) {
  Field field = by_axis(in, [&](int axis) {
    return pool_all(in[0].axis(axis), extent(*in[0].shape, axis), extent(out, axis));
  });
  field.global = true;
  return field;
}

/// Axes that keep their positions keep their field; the others see everything.
Field regrouped_field(const Sources& in, const Node& node) {
  const Shape& shape = *in[0].shape;
  Field field = by_axis(in, [&](int axis) {
    if (!mixes_axis(node, shape, axis)) return in[0].axis(axis);
    return pool_all(in[0].axis(axis), extent(shape, axis), extent(node.shape, axis));
  });
  const bool mixes_y = shape.h > 1 && mixes_axis(node, shape, 1);
  const bool mixes_x = shape.w > 1 && mixes_axis(node, shape, 2);
  field.global |= (mixes_y || shape.h == 1) && (mixes_x || shape.w == 1) && (mixes_y || mixes_x);
  return field;
}

Field theory_only_field(const Sources& in, const TheoryOnly& o, const Shape& out) {
  return by_axis(in, [&](int axis) {
    return read(in[0].axis(axis), axis == 1 ? o.y : o.x, extent(*in[0].shape, axis),
                extent(out, axis));
  });
}

/// Inputs of one value a channel are seen from every position of the others.
Field elementwise_field(const Sources& in, const Shape& out) {
  return by_axis(in, [&](int axis) {
    std::vector<AxisField> fields;
    for (const Source& source : in) {
      const bool broadcast = source.shape->area() == 1 && out.area() > 1;
      fields.push_back(broadcast ? pool_all(source.axis(axis), 1, extent(out, axis))
                                 : source.axis(axis));
    }
    return merge(fields);
  });
}

Field concat_field(const Sources& in, const Concat& o, const Shape& out) {
  return by_axis(in, [&](int axis) {
    std::vector<AxisField> fields;
    int offset = 0;
    for (const Source& source : in) {
      fields.push_back(o.axis == axis ? shift(source.axis(axis), -offset, extent(out, axis))
                                      : source.axis(axis));
      offset += extent(*source.shape, axis);
    }
    return merge(fields);
  });
}

Field shifted_field(const Sources& in, Point begin, const Shape& out) {
  return by_axis(in, [&](int axis) {
    return shift(in[0].axis(axis), axis == 1 ? begin.y : begin.x, extent(out, axis));
  });
}

Field slice_field(const Sources& in, const Slice& o, const Shape& out) {
  return shifted_field(in, {o.axis == 1 ? o.begin : 0, o.axis == 2 ? o.begin : 0}, out);
}

Field node_field(const Node& node, const Sources& in) {
  const Shape& out = node.shape;
  const auto same = [&](const auto&) { return *in[0].field; };
  return std::visit(Overloaded{
                        [&](const Input&) { return input_field(out); },
                        [&](const Conv& o) { return window_field(in, o, out); },
                        [&](const Pool& o) { return window_field(in, o, out); },
                        [&](const GlobalPool&) { return global_field(in, out); },
                        [&](const Lrn& o) { return same(o); },
                        [&](const Affine& o) { return same(o); },
                        [&](const Activation& o) { return same(o); },
                        [&](const Softmax&) { return regrouped_field(in, node); },
                        [&](const Elementwise&) { return elementwise_field(in, out); },
                        [&](const Concat& o) { return concat_field(in, o, out); },
                        [&](const Slice& o) { return slice_field(in, o, out); },
                        [&](const Pad& o) {
                          return shifted_field(in, {-o.margins.top, -o.margins.left}, out);
                        },
                        [&](const Reshape&) { return regrouped_field(in, node); },
                        [&](const Transpose&) { return regrouped_field(in, node); },
                        [&](const ChannelShuffle& o) { return same(o); },
                        [&](const FullyConnected&) { return global_field(in, out); },
                        [&](const TheoryOnly& o) { return theory_only_field(in, o, out); },
                    },
                    node.op);
}

}  // namespace

namespace {

Field hull(const std::vector<const Field*>& fields) {
  Sources in;
  for (const Field* field : fields) in.push_back({field, nullptr});
  return by_axis(in, [&](int axis) {
    std::vector<AxisField> axes;
    for (const Source& source : in) axes.push_back(source.axis(axis));
    return merge(axes);
  });
}

/// By input, the channels that a channel reads.
using Ranges = std::vector<std::pair<int, int>>;
/// By input, the distinct fields among them.
using Key = std::vector<std::set<int>>;

Ranges ranges_of(const Graph& graph, const Node& node, int channel) {
  Ranges ranges;
  for (int i = 0; i < int(node.inputs.size()); ++i) {
    const ChannelRange range = channels_read(graph, node, i, channel);
    ranges.emplace_back(range.first, range.last);
  }
  return ranges;
}

Key key_of(const Node& node, const std::vector<ChannelFields>& known, const Ranges& ranges) {
  Key key;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::vector<int>& of = known[node.inputs[i]].of;
    key.emplace_back(of.begin() + ranges[i].first, of.begin() + ranges[i].second);
  }
  return key;
}

Field field_for(const Graph& graph, const Node& node, const std::vector<ChannelFields>& known,
                const Key& key) {
  std::vector<Field> hulls;
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::vector<const Field*> read;
    for (int id : key[i]) read.push_back(&known[node.inputs[i]].fields[id]);
    if (!read.empty()) hulls.push_back(hull(read));
  }
  const auto* concat = std::get_if<Concat>(&node.op);
  if (concat && concat->axis == 0) return hulls.at(0);
  Sources in;
  for (std::size_t i = 0; i < hulls.size(); ++i)
    in.push_back({&hulls[i], &graph.nodes[node.inputs[i]].shape});
  return node_field(node, in);
}

ChannelFields fields_of_channels(const Graph& graph, const Node& node,
                                 const std::vector<ChannelFields>& known) {
  ChannelFields result;
  std::map<Ranges, int> by_ranges;  // most operations read the same channels for all of theirs
  std::map<Key, int> by_key;
  for (int c = 0; c < node.shape.c; ++c) {
    const Ranges ranges = ranges_of(graph, node, c);
    const auto [same, new_ranges] = by_ranges.try_emplace(ranges, 0);
    if (new_ranges) {
      const auto [entry, new_key] =
          by_key.try_emplace(key_of(node, known, ranges), int(result.fields.size()));
      if (new_key) result.fields.push_back(field_for(graph, node, known, entry->first));
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
    Sources in;
    for (int input : node.inputs) in.push_back({&fields[input], &graph.nodes[input].shape});
    fields.push_back(node_field(node, in));
  }
  return fields;
}

}  // namespace rfmap
