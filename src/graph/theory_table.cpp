#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "rfmap/theory.h"

#include "core/nan.h"
#include "graph/axes.h"
#include "graph/boxes.h"

namespace rfmap {

using namespace graph;

namespace {

constexpr double kTolerance = 1e-6;

const AxisField& axis_of(const Field& field, int axis) { return axis == 1 ? field.y : field.x; }

bool has_shape(const Node& node) {
  const auto* op = std::get_if<TheoryOnly>(&node.op);
  return !op || op->shape_known;
}

/// Why the node's operation counts as global; empty if it is known.
std::string assumption(const Node& node) {
  const auto* op = std::get_if<TheoryOnly>(&node.op);
  return op ? op->reason : "";
}

/// The first input that pixels change, else the first; kNone without inputs.
int main_input(const BoxSource& source, int node) {
  const std::vector<int>& inputs = source.graph.nodes[std::size_t(node)].inputs;
  for (int input : inputs)
    if (!source.fields[std::size_t(input)].y.pieces.empty()) return input;
  return inputs.empty() ? kNone : inputs.front();
}

/// One position for a whole map: treated as a convolution of the map's size, which keeps the jump.
double jump_of(const BoxSource& source, int node, int axis) {
  const Node& n = source.graph.nodes[std::size_t(node)];
  if (!has_shape(n) || !axis_of(source.fields[std::size_t(node)], axis).followed) return core::kNan;
  const double jump = axis_of(source.fields[std::size_t(node)], axis).stride();
  const int input = main_input(source, node);
  if (jump != 0 || input == kNone || extent(n.shape, axis) > 1) return jump;
  return jump_of(source, input, axis);
}

/// Positions were moved: of a single one nothing is known but which pixels it may see.
void fill_unfollowed(TheoryRow& row, int positions, std::size_t a) {
  row.followed = false;
  for (TheoryRow::Pair* pair :
       {&row.jump, &row.size, &row.padding, &row.centre, &row.smallest, &row.largest})
    (*pair)[a] = core::kNan;
  row.whole[a] = std::vector(std::size_t(positions), Interval{1, 0});
}

/// The first position that sees anything, 0 if none does: positions made of constants (class
/// tokens) see nothing.
std::size_t first_seeing(const std::vector<Interval>& whole) {
  for (std::size_t u = 0; u < whole.size(); ++u)
    if (whole[u].first <= whole[u].last) return u;
  return 0;
}

void fill_axis(TheoryRow& row, const BoxSource& source, int node, int axis) {
  const std::size_t a = std::size_t(axis) - 1;
  const AxisField& field = axis_of(source.fields[std::size_t(node)], axis);
  row.seen[a] = field.seen;
  if (!field.followed)
    return fill_unfollowed(row, extent(source.graph.nodes[std::size_t(node)].shape, axis), a);
  row.whole[a] = local_boxes(source, node, axis);
  row.global_path = row.global_path || field.has_global_path();
  const std::size_t start = first_seeing(row.whole[a]);
  const Interval first = row.whole[a][start];
  row.jump[a] = jump_of(source, node, axis);
  row.size[a] = row.smallest[a] = row.largest[a] = length(first);
  if (first.first <= first.last) {
    row.padding[a] = double(start) * row.jump[a] - first.first;
    row.centre[a] = (first.first + first.last) / 2 - double(start) * row.jump[a];
  }
  for (std::size_t u = 0; u < row.whole[a].size(); ++u) {
    const Interval& box = row.whole[a][u];
    row.smallest[a] = std::min(row.smallest[a], length(box));
    row.largest[a] = std::max(row.largest[a], length(box));
    const double moved = (double(u) - double(start)) * row.jump[a];
    if (std::fabs(box.first - first.first - moved) > kTolerance ||
        std::fabs(box.last - first.last - moved) > kTolerance)
      row.varies = true;
  }
}

TheoryRow make_row(const BoxSource& source, const Layer& layer) {
  const Node& node = source.graph.nodes[std::size_t(layer.node)];
  const Field& field = source.fields[std::size_t(layer.node)];
  const Shape& input = source.graph.input();
  const int read = main_input(source, layer.node);
  const Shape& from = read == kNone ? node.shape : source.graph.nodes[std::size_t(read)].shape;
  TheoryRow row;
  row.name = layer.name;
  const Node& meant = source.graph.nodes[std::size_t(layer.meant())];
  row.kind = kind_name(meant.op);
  row.node = meant.name;
  if (node.inputs.empty() || has_shape(source.graph.nodes[std::size_t(node.inputs[0])]))
    row.input = {from.h, from.w};
  if (has_shape(node)) row.map = {node.shape.h, node.shape.w};
  row.known = assumption(node).empty();
  row.aligned = field.aligned() || !field.followed();
  row.global = field.global;
  for (int axis : {1, 2}) fill_axis(row, source, layer.node, axis);
  row.varies = row.varies && !row.global;
  row.larger = row.largest[0] > input.h || row.largest[1] > input.w;
  return row;
}

std::vector<Junction> junctions(const BoxSource& source, const std::vector<int>& kept) {
  std::vector<Junction> found;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::vector<int>& inputs = source.graph.nodes[i].inputs;
    const bool first = std::all_of(inputs.begin(), inputs.end(),
                                   [&](int k) { return source.fields[std::size_t(k)].aligned(); });
    const Field& field = source.fields[i];
    if (kept[i] < 0 || field.aligned() || !field.followed() || !first) continue;
    Junction junction{source.graph.nodes[i].shown(), {}};
    for (int input : inputs)
      junction.inputs.push_back(
          make_row(source, {source.graph.nodes[std::size_t(input)].shown(), input}));
    found.push_back(std::move(junction));
  }
  return found;
}

std::vector<Assumed> assumed(const Graph& graph, const std::vector<int>& kept) {
  std::vector<Assumed> found;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (kept[i] < 0 || assumption(node).empty()) continue;
    const std::string operation = kind_name(node.op);
    auto same = std::ranges::find(found, operation, &Assumed::operation);
    if (same == found.end())
      same = found.insert(found.end(), {operation, node.shown(), assumption(node), 0});
    ++same->count;
  }
  return found;
}

}  // namespace

TheoryTable theory_table(const Graph& graph, const std::vector<Layer>& layers) {
  const BoxSource source(graph);
  std::vector<int> targets;
  for (const Layer& layer : layers) targets.push_back(layer.node);
  const std::vector<int> kept = prune(graph, targets).new_index;
  TheoryTable table{graph.input(), {}, junctions(source, kept), assumed(graph, kept)};
  for (const Layer& layer : layers) table.rows.push_back(make_row(source, layer));
  return table;
}

}  // namespace rfmap
