#include <variant>

#include "rfmap/gradient.h"

#include "core/overloaded.h"

namespace rfmap {
namespace {

/// The operation that remains if all non-linearities are removed.
NodeOperation linear_part(const NodeOperation& op) {
  return std::visit(
      Overloaded{
          [](const OneOf<Activation, Lrn, Softmax, LayerNorm> auto&) -> NodeOperation {
            return Affine{};
          },
          [](Pool o) -> NodeOperation {
            o.kind = Pool::Kind::average;
            return o;
          },
          [](const GlobalPool&) -> NodeOperation { return GlobalPool{Pool::Kind::average}; },
          [](Elementwise o) -> NodeOperation {
            if (o.kind == Elementwise::Kind::maximum) o.kind = Elementwise::Kind::sum;
            return o;
          },
          [](const OneOf<Input, Conv, Affine, Concat, Slice, Pad, Reshape, Transpose,
                         ChannelShuffle, FullyConnected, Resample, TheoryOnly> auto& o)
              -> NodeOperation { return o; },
      },
      op);
}

}  // namespace

Graph linearized(const Graph& graph, Linear which) {
  Graph result = graph;
  if (which == Linear::no) return result;
  for (Node& node : result.nodes)
    if (which == Linear::all || std::holds_alternative<Activation>(node.op))
      node.op = linear_part(node.op);
  return result;
}

}  // namespace rfmap
