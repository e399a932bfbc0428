#include "graph/channel_reads.h"

#include <algorithm>
#include <variant>

#include "core/overloaded.h"

namespace rfmap {
namespace {

ChannelRange group_of(const Conv& o, int channel, int in_channels) {
  const int side = in_channels / o.groups, group = channel / (o.out_channels / o.groups);
  return {group * side, (group + 1) * side};
}

ChannelRange branch(const Graph& graph, const Node& node, int i, int channel) {
  int begin = 0;
  for (int k = 0; k < i; ++k) begin += graph.nodes[node.inputs[k]].shape.c;
  const int own = channel - begin;
  const bool inside = own >= 0 && own < graph.nodes[node.inputs[i]].shape.c;
  return inside ? ChannelRange{own, own + 1} : ChannelRange{};
}

ChannelRange neighbours(const Lrn& o, int channel, int channels) {
  const int first = channel - (o.size - 1) / 2;
  return {std::max(first, 0), std::min(first + o.size, channels)};
}

ChannelRange shuffled(const ChannelShuffle& o, int channel, int channels) {
  const int from = channel % o.groups * (channels / o.groups) + channel / o.groups;
  return {from, from + 1};
}

}  // namespace

ChannelRange channels_read(const Graph& graph, const Node& node, int i, int channel) {
  const Shape& input = graph.nodes[node.inputs[i]].shape;
  const ChannelRange all{0, input.c}, same{channel, channel + 1};
  return std::visit(
      Overloaded{
          [&](const auto&) { return same; },
          [&](const Conv& o) { return group_of(o, channel, input.c); },
          [&](const FullyConnected&) { return all; },
          [&](const TheoryOnly&) { return all; },
          [&](const Lrn& o) { return neighbours(o, channel, input.c); },
          [&](const Softmax& o) { return o.all || o.axis == 0 ? all : same; },
          [&](const Concat& o) { return o.axis == 0 ? branch(graph, node, i, channel) : same; },
          [&](const Slice& o) {
            const int from = channel + (o.axis == 0 ? o.begin : 0);
            return ChannelRange{from, from + 1};
          },
          [&](const ChannelShuffle& o) { return shuffled(o, channel, input.c); },
          [&](const Reshape&) { return input == node.shape ? same : all; },
          [&](const Transpose& o) { return o.order[0] == 0 ? same : all; },
      },
      node.op);
}

}  // namespace rfmap
