// Boxes of random graphs against brute force: one impulse per pixel through a linear network with
// positive weights and average pooling, where every pixel of the field changes the response.
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/field.h"
#include "rfmap/theory.h"

#include "graph/boxes.h"
#include "median_box.h"
#include "random_graph.h"

namespace rfmap {
namespace {

using test::Kinds;
using test::RandomGraph;
using test::Stretch;

/// One channel is enough: a map of 0 and 1, 1 where the impulse arrives.
struct Map {
  int h = 0, w = 0;
  std::vector<char> on;
  Map(int rows, int columns) : h(rows), w(columns), on(std::size_t(rows) * columns, 0) {}
  bool at(int y, int x) const {
    return y >= 0 && y < h && x >= 0 && x < w && on[std::size_t(y) * w + x];
  }
  void set(int y, int x, bool value) { on[std::size_t(y) * w + x] |= char(value); }
  bool any() const { return std::count(on.begin(), on.end(), 1) > 0; }
};

template <class Op>
void slide_window(Map& out, const Map& in, const Op& o) {
  for (int y = 0; y < out.h; ++y)
    for (int x = 0; x < out.w; ++x)
      for (int ky = 0; ky < o.kernel.h; ++ky)
        for (int kx = 0; kx < o.kernel.w; ++kx)
          out.set(y, x,
                  in.at(y * o.stride.h - o.pad.top + ky * o.dilation.h,
                        x * o.stride.w - o.pad.left + kx * o.dilation.w));
}

void copy_shifted(Map& out, const Map& in, int dy, int dx) {
  for (int y = 0; y < out.h; ++y)
    for (int x = 0; x < out.w; ++x) out.set(y, x, in.at(y + dy, x + dx));
}

void stretch_map(Map& out, const Map& in, const Stretch& s) {
  for (int y = 0; y < out.h; ++y)
    for (int x = 0; x < out.w; ++x)
      for (int iy = 0; iy < in.h; ++iy)
        for (int ix = 0; ix < in.w; ++ix)
          if (s.moves(iy, y, in.h) && s.moves(ix, x, in.w)) out.set(y, x, in.at(iy, ix));
}

/// The union over the channels of the output.
void rearrange_map(Map& out, const Map& in, const Rearrange& op) {
  int channels = 1;
  for (const Rearrange::Digit& digit : op.digits[0]) channels *= digit.extent;
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < out.h; ++y)
      for (int x = 0; x < out.w; ++x) {
        const graph::MapPosition from = graph::source_of(op, {c, y, x});
        out.set(y, x, in.at(from[1], from[2]));
      }
}

Map evaluate(const Node& node, const std::vector<Map>& maps) {
  Map out(node.shape.h, node.shape.w);
  const Map& in = maps[node.inputs[0]];
  if (const auto* conv = std::get_if<Conv>(&node.op)) slide_window(out, in, *conv);
  if (const auto* pool = std::get_if<Pool>(&node.op)) slide_window(out, in, *pool);
  if (const auto* pad = std::get_if<Pad>(&node.op))
    copy_shifted(out, in, -pad->margins.top, -pad->margins.left);
  if (const auto* cut = std::get_if<Slice>(&node.op))
    copy_shifted(out, in, cut->axis == 1 ? cut->begin : 0, cut->axis == 2 ? cut->begin : 0);
  if (const auto* op = std::get_if<TheoryOnly>(&node.op))
    stretch_map(out, in, test::stretch_of(*op));
  if (const auto* moves = std::get_if<Rearrange>(&node.op)) rearrange_map(out, in, *moves);
  if (std::holds_alternative<Reduce>(node.op)) out.set(0, 0, in.any());
  if (std::holds_alternative<Elementwise>(node.op))
    for (int i : node.inputs)
      for (int y = 0; y < out.h; ++y)
        for (int x = 0; x < out.w; ++x)
          out.set(y, x, maps[i].h == 1 && maps[i].w == 1 ? maps[i].any() : maps[i].at(y, x));
  if (const auto* join = std::get_if<Concat>(&node.op)) {
    int offset = 0;
    for (int i : node.inputs) {
      copy_shifted(out, maps[i], join->axis == 1 ? -offset : 0, join->axis == 2 ? -offset : 0);
      offset += join->axis == 0 ? 0 : join->axis == 1 ? maps[i].h : maps[i].w;
    }
  }
  return out;
}

/// Hull of the input pixels that change each position of the last node.
std::vector<Rect> brute_force_boxes(const Graph& graph) {
  const Shape& last = graph.nodes.back().shape;
  std::vector<Rect> boxes(last.area());
  for (int y = 0; y < graph.input().h; ++y)
    for (int x = 0; x < graph.input().w; ++x) {
      std::vector<Map> maps{Map(graph.input().h, graph.input().w)};
      maps[0].set(y, x, true);
      for (std::size_t i = 1; i < graph.nodes.size(); ++i)
        maps.push_back(evaluate(graph.nodes[i], maps));
      for (std::size_t i = 0; i < boxes.size(); ++i) {
        if (!maps.back().on[i]) continue;
        Rect& box = boxes[i];
        box = box.empty() ? Rect{y, x, y + 1, x + 1}
                          : Rect{std::min(box.y0, y), std::min(box.x0, x), std::max(box.y1, y + 1),
                                 std::max(box.x1, x + 1)};
      }
    }
  return boxes;
}

bool contains(const Rect& outer, const Rect& inner) {
  return inner.empty() || (outer.y0 <= inner.y0 && outer.x0 <= inner.x0 && outer.y1 >= inner.y1 &&
                           outer.x1 >= inner.x1);
}

/// Some position reads only padding. Then the axes are not independent: a branch that has no effect
/// because of its row still widens the columns of the hull, and the box is only an upper bound.
bool has_silent_positions(const std::vector<Field>& fields) {
  for (const Field& field : fields)
    for (const AxisField* axis : {&field.y, &field.x})
      for (const Interval& i : axis->seen)
        if (i.first > i.last) return true;
  return false;
}

TEST(FieldProperty, BoxesEqualTheHullOfThePixelsThatMoveAPosition) {
  int exact = 0, inside = 0, by_formula = 0, stretched = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    const RandomGraph random(seed);
    const Graph& graph = random.graph();
    const Shape& last = graph.nodes.back().shape;
    const Size input{graph.input().h, graph.input().w};
    const std::vector<Field> fields = theoretical_fields(graph);
    const std::vector<Rect> boxes = brute_force_boxes(graph);
    const bool silent = has_silent_positions(fields);
    const int node = int(graph.nodes.size()) - 1;
    stretched += std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& n) {
      return std::holds_alternative<TheoryOnly>(n.op);
    });
    for (int y = 0; y < last.h; ++y)
      for (int x = 0; x < last.w; ++x) {
        const Rect truth = boxes[std::size_t(y) * last.w + x];
        const Rect box = clipped_box(fields.back(), {y, x}, input);
        const Rect formula = field_box(fields.back(), {y, x});
        ASSERT_TRUE(contains(box, truth)) << "seed " << seed << " at " << y << ", " << x;
        ASSERT_TRUE(contains(formula, box)) << "seed " << seed << " at " << y << ", " << x;
        const NeuronBox neuron = neuron_box(graph, node, {y, x});
        ASSERT_EQ(neuron.clipped, truth) << "seed " << seed << " at " << y << ", " << x;
        ASSERT_TRUE(contains(neuron.whole, truth)) << "seed " << seed << " at " << y << ", " << x;
        ASSERT_TRUE(contains(formula, neuron.whole)) << "seed " << seed << " at " << y << ", " << x;
        ++inside;
        if (silent) continue;
        ASSERT_EQ(box, truth) << "seed " << seed << " at " << y << ", " << x;
        ++exact;
        if (!random.plain() || formula != intersect(formula, {0, 0, input.h, input.w})) continue;
        ASSERT_EQ(formula, truth) << "seed " << seed << " at " << y << ", " << x;
        ++by_formula;
      }
  }
  EXPECT_GT(inside, 20000);
  EXPECT_GT(exact, 10000);
  EXPECT_GT(by_formula, 300);
  EXPECT_GT(stretched, 100);
}

TEST(FieldProperty, SizesAreMediansOfTheBoxes) {
  int smaller = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    const RandomGraph random(seed);
    const graph::BoxSource source(random.graph());
    if (source.fields.back().has_global_path()) continue;  // boxes include the gate
    const int node = int(random.graph().nodes.size()) - 1;
    const FieldSize size = test::size_of(source, node);
    ASSERT_EQ(size, test::median_box(random.graph(), node)) << "seed " << seed;
    smaller += size[0] < source.fields.back().y.size();
  }
  EXPECT_GT(smaller, 30);
}

TEST(FieldProperty, BoxesThroughRearrangements) {
  int exact = 0, moved = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const RandomGraph random(seed, Kinds::moves_too);
    const Graph& graph = random.graph();
    const Shape& last = graph.nodes.back().shape;
    const std::vector<Field> fields = theoretical_fields(graph);
    const std::vector<Rect> boxes = brute_force_boxes(graph);
    const bool silent = has_silent_positions(fields);
    moved += std::any_of(graph.nodes.begin(), graph.nodes.end(),
                         [](const Node& n) { return std::holds_alternative<Rearrange>(n.op); });
    for (int y = 0; y < last.h; ++y)
      for (int x = 0; x < last.w; ++x) {
        const Rect truth = boxes[std::size_t(y) * last.w + x];
        const Rect box = clipped_box(fields.back(), {y, x}, {graph.input().h, graph.input().w});
        const NeuronBox neuron = neuron_box(graph, int(graph.nodes.size()) - 1, {y, x});
        ASSERT_TRUE(contains(box, truth)) << "seed " << seed << " at " << y << ", " << x;
        ASSERT_EQ(neuron.clipped, truth) << "seed " << seed << " at " << y << ", " << x;
        ASSERT_TRUE(contains(neuron.whole, truth)) << "seed " << seed << " at " << y << ", " << x;
        if (silent) continue;
        ASSERT_EQ(box, truth) << "seed " << seed << " at " << y << ", " << x;
        ++exact;
      }
  }
  EXPECT_GT(exact, 3000);
  EXPECT_GT(moved, 150);
}

}  // namespace
}  // namespace rfmap
