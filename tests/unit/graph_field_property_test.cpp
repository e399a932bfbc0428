// Boxes of random graphs against brute force: one impulse per pixel through a linear network with
// positive weights and average pooling, where every pixel of the field changes the response.
#include <algorithm>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/field.h"
#include "rfmap/theory.h"

#include "graph/boxes.h"
#include "graph_builder.h"
#include "median_box.h"
#include "rearrangements.h"

namespace rfmap {
namespace {

using test::GraphBuilder;

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

/// Computes an operation of which a graph knows only the reads: by the definitions of PyTorch's
/// ConvTranspose2d and Upsample(mode="bilinear"), the same on both axes.
struct Stretch {
  bool transposed = true;  ///< else bilinear to twice the size
  int kernel = 1, stride = 1, pad = 0;

  AxisReads reads() const {
    if (!transposed) return {0.5, -0.25, 1, 1, true, true, true};
    return {1.0 / stride, double(pad) / stride, (kernel - 1.0) / stride, 0};
  }
  int extent(int n) const { return transposed ? (n - 1) * stride + kernel - 2 * pad : 2 * n; }
  bool moves(int in, int out, int n) const {
    if (transposed) {
      const int tap = out + pad - in * stride;
      return tap >= 0 && tap < kernel;
    }
    const double source = std::max(0.0, (out + 0.5) / 2 - 0.5);
    const int low = int(source), high = std::min(low + 1, n - 1);
    return in == low || (in == high && source > low);
  }
};

/// Writes the kind so that evaluate() can read it again.
TheoryOnly stretch_op(const Stretch& s) {
  return {std::string(s.transposed ? "t" : "b") + char('0' + s.kernel) + char('0' + s.stride) +
              char('0' + s.pad),
          s.reads(), s.reads()};
}
Stretch stretch_of(const TheoryOnly& op) {
  return {op.kind[0] == 't', op.kind[1] - '0', op.kind[2] - '0', op.kind[3] - '0'};
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
  if (const auto* op = std::get_if<TheoryOnly>(&node.op)) stretch_map(out, in, stretch_of(*op));
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

enum class Kinds { windows, moves_too };

/// Random graphs, one channel, of windows, borders, slices, joins, global pooling and upsampling;
/// perhaps of rearrangements too.
class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed, Kinds kinds = Kinds::windows)
      : random_(seed), net_({1, 10 + below(8), 10 + below(8)}) {
    const int steps = 2 + below(6);
    for (int i = 0; i < steps; ++i)
      if (kinds == Kinds::moves_too && below(3) > 0)
        move(last());
      else
        step();
  }
  const Graph& graph() const { return net_.graph; }
  /// No slice or spatial join: then the affine formula must be exact inside the image.
  bool plain() const { return plain_; }

 private:
  int below(int n) { return int(random_() % unsigned(n)); }
  std::string name() const { return std::to_string(net_.graph.nodes.size()); }
  int last() const { return int(net_.graph.nodes.size()) - 1; }

  template <class Op>
  Op window(int in, bool strided) {
    Op op;
    const Shape& s = net_.shape(in);
    op.kernel = {1 + below(std::min(s.h, 4)), 1 + below(std::min(s.w, 4))};
    op.dilation = {1 + below(2), 1 + below(2)};
    if (strided) op.stride = {1 + below(2), 1 + below(2)};
    const int h = op.dilation.h * (op.kernel.h - 1), w = op.dilation.w * (op.kernel.w - 1);
    op.pad = {below(h + 1), below(w + 1), 0, 0};  // without stride the map keeps its size
    op.pad.bottom = h - op.pad.top;
    op.pad.right = w - op.pad.left;
    return op;
  }
  int conv(int in, bool strided) {
    Conv op = window<Conv>(in, strided);
    op.out_channels = 1;
    return net_.add(name(), op, {in});
  }
  int pool(int in) {
    Pool op = window<Pool>(in, true);
    op.kind = Pool::Kind::average;
    op.ceil_mode = below(2) == 1;
    return net_.add(name(), op, {in});
  }
  /// Changes `node` to the size of `like`: sliced where larger, padded where smaller.
  int fit(int node, int like) {
    for (int axis : {1, 2}) {
      const int have = axis == 1 ? net_.shape(node).h : net_.shape(node).w;
      const int want = axis == 1 ? net_.shape(like).h : net_.shape(like).w;
      if (have > want) {
        const int begin = below(have - want + 1);
        node = net_.add(name(), Slice{axis, begin, begin + want}, {node});
        plain_ = false;
      } else if (have < want) {
        Pad pad;
        (axis == 1 ? pad.margins.bottom : pad.margins.right) = want - have;
        node = net_.add(name(), pad, {node});
      }
    }
    return node;
  }
  void stretch(int in) {
    Stretch s;
    s.transposed = below(3) > 0;
    s.stride = 1 + below(2);
    s.kernel = s.stride + below(3);  // every position reads something
    s.pad = below((s.kernel + 1) / 2);
    const Shape& from = net_.shape(in);
    const Shape shape{1, s.extent(from.h), s.extent(from.w)};
    if (shape.h < 1 || shape.w < 1 || shape.area() > 1200) return;
    plain_ = false;
    net_.add(name(), stretch_op(s), {in}, shape);
  }
  int mix(int in, int channels) {
    Conv op;
    op.out_channels = channels;
    return net_.add(name(), op, {in});
  }
  void move(int in) {
    const Shape s = net_.shape(in);
    const int axis = 1 + below(2), side = 2 + below(2);
    switch (below(5)) {
      case 0:
        if (s.h % side == 0 && s.w % side == 0)
          mix(net_.add(name(), testing_moves::space_to_depth(s, side), {in}), 1);
        break;
      case 1: {
        if (s.area() > 200) break;
        const Rearrange back = testing_moves::depth_to_space({side * side, s.h, s.w}, side);
        net_.add(name(), back, {mix(in, side * side)});
        break;
      }
      case 2:
        if (s.area() < 400) net_.add(name(), testing_moves::repeated(s, axis, side), {in});
        break;
      case 3:
        if (s.h > 3 && s.w > 3)
          net_.add(name(), testing_moves::stepped(s, axis, below(2), side), {in});
        break;
      default:
        conv(in, true);
    }
  }
  void step() {
    const int in = last();
    switch (below(10)) {
      case 0:
      case 1:
        conv(in, true);
        break;
      case 2:
        pool(in);
        break;
      case 3: {
        const int a = conv(in, false), b = conv(in, below(2) == 1);
        net_.sum(name(), {a, fit(b, a)});
        break;
      }
      case 4: {
        const int global = net_.add(name(), Reduce{}, {conv(in, false)});
        net_.sum(name(), {in, global});
        break;
      }
      case 5: {
        const int axis = 1 + below(2), side = axis == 1 ? net_.shape(in).h : net_.shape(in).w;
        if (side < 4) break;
        plain_ = false;
        net_.add(name(), Slice{axis, 1 + below(2), side - below(2)}, {in});
        break;
      }
      case 6: {
        const int axis = 1 + below(2), side = axis == 1 ? net_.shape(in).h : net_.shape(in).w;
        if (side < 4) break;
        plain_ = false;
        const int half = 1 + below(side - 1);  // halves are swapped
        const int a = net_.add(name(), Slice{axis, 0, half}, {in});
        const int b = net_.add(name(), Slice{axis, half, side}, {in});
        net_.concat(name(), {b, a}, axis);
        break;
      }
      case 7:
      case 8:
        stretch(in);
        break;
      default: {
        Pad pad;
        pad.margins = {below(2), below(2), below(2), below(2)};
        net_.add(name(), pad, {in});
      }
    }
  }

  std::mt19937 random_;
  GraphBuilder net_;
  bool plain_ = true;
};

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
    const graph::FieldSize size = graph::layer_size(source, node);
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
