#include <variant>

#include "rfmap/gradient.h"

#include "core/overloaded.h"

namespace rfmap {
namespace {

/// The operation that remains if all non-linearities are removed.
NodeOperation linear_part(const NodeOperation& op) {
  return std::visit(
      core::Overloaded{
          [](const Activation& o) -> NodeOperation {
            if (is_condition(o.kind)) return o;  // a mask, without a gradient
            return Affine{};
          },
          [](const core::OneOf<Lrn, Softmax, Normalisation> auto&) -> NodeOperation {
            return Affine{};
          },
          [](Pool o) -> NodeOperation {
            o.kind = Pool::Kind::average;
            return o;
          },
          [](Reduce o) -> NodeOperation {
            const bool is_extremum =
                o.kind == Reduce::Kind::maximum || o.kind == Reduce::Kind::minimum;
            if (is_extremum) o.kind = Reduce::Kind::mean;
            return o;
          },
          [](Elementwise o) -> NodeOperation {
            using Kind = Elementwise::Kind;
            if (o.kind == Kind::maximum || o.kind == Kind::minimum || o.kind == Kind::power)
              o.kind = Kind::sum;
            return o;
          },
          [](const core::OneOf<Input, Conv, Affine, Concat, Slice, Pad, Reshape, FullyConnected,
                               Rearrange, Resample, MatMul, Parameter, TheoryOnly> auto& o)
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
