#include <variant>

#include "rfmap/gradient.h"

namespace rfmap {
namespace {

Operation linear(const Operation& op, Linear which) {
  if (std::holds_alternative<Activation>(op)) return Affine{};
  if (which != Linear::all) return op;
  if (std::holds_alternative<Lrn>(op) || std::holds_alternative<Softmax>(op)) return Affine{};
  if (const auto* pool = std::get_if<Pool>(&op)) {
    Pool average = *pool;
    average.kind = Pool::Kind::average;
    return average;
  }
  if (std::holds_alternative<GlobalPool>(op)) return GlobalPool{Pool::Kind::average};
  if (const auto* both = std::get_if<Elementwise>(&op))
    if (both->kind == Elementwise::Kind::maximum) return Elementwise{Elementwise::Kind::sum};
  return op;
}

}  // namespace

Graph linearized(const Graph& graph, Linear which) {
  Graph result = graph;
  if (which == Linear::no) return result;
  for (Node& node : result.nodes) node.op = linear(node.op, which);
  return result;
}

}  // namespace rfmap
