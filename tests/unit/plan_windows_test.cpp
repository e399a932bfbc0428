// Windows of a small network that goes down and up again.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/axes.h"
#include "graph/reads.h"
#include "graph_builder.h"
#include "plan/windows/extent.h"
#include "plan/windows/plan.h"
#include "rearrangements.h"
#include "taps.h"

using namespace rfmap;
using namespace rfmap::plan;
using testing::Each;
using testing::ElementsAre;

namespace {

/// Convolutions need weights for programs.
Conv weighted(int in, int out, int side, int stride = 1, int pad = 0) {
  Conv conv;
  conv.kernel = {side, side};
  conv.stride = {stride, stride};
  conv.pad = {pad, pad, pad, pad};
  conv.out_channels = out;
  conv.weights =
      std::make_shared<const std::vector<float>>(std::size_t(out) * in * side * side, 1.f);
  return conv;
}

/// Encoder, decoder by a resize, a transposed convolution, a reflected border, depth to space.
struct UNet {
  test::GraphBuilder net{{2, 16, 20}};
  int last = 0;

  UNet() {
    const int skip = net.relu("relu1", net.add("conv1", weighted(2, 4, 3, 1, 1), {0}));
    const int down = net.pool("down", skip, {2, 2});
    const int low = net.relu("relu2", net.add("conv2", weighted(4, 8, 3, 1, 1), {down}));
    const int up =
        net.add("up", Resample{stretched_taps(8, 16, true), stretched_taps(10, 20, true)}, {low});
    const int joined = net.concat("joined", {up, skip});
    const int narrow = net.add("narrow", weighted(12, 8, 3, 2, 1), {joined});
    const int zeros = net.add("zeros", Resample{spread_taps(8, 2), spread_taps(10, 2)}, {narrow});
    const int transposed = net.add("transposed", weighted(8, 8, 3, 1, 1), {zeros});
    const int border =
        net.add("border", Resample{reflected_taps(16, 1), reflected_taps(20, 1)}, {transposed});
    const int conv3 = net.add("conv3", weighted(8, 8, 3), {border});
    const int spaced =
        net.add("spaced", testing_moves::depth_to_space(net.shape(conv3), 2), {conv3});
    last = net.add("last", weighted(2, 3, 3, 1, 1), {spaced});
  }
};

WindowNet net_of(const UNet& net, int target) { return make_window_net(net.net.graph, {target}); }

int extent_along(const Shape& shape, Axis axis) {
  return graph::extent(shape, axis == Axis::y ? 1 : 2);
}

using Positions = std::set<int>;

Extent hull_of(const Positions& positions) {
  return positions.empty() ? Extent{} : Extent{*positions.begin(), *positions.rbegin() + 1};
}

/// What one position of a node reads of its k-th input, by its stated reads.
Positions read_by(const WindowNet& net, int node, int k, Axis axis, int u) {
  const Shape& in = net.graph.nodes[net.graph.nodes[node].inputs[k]].shape;
  const graph::Reads& reads = net.facts[node].inputs[k].along(axis == Axis::y ? 1 : 2);
  const graph::Span span = graph::reads_inside(reads, extent_along(in, axis), u);
  Positions positions;
  for (int at = span.first; at <= span.last; at += span.step) positions.insert(at);
  return positions;
}

/// By node: the positions that see one of `changed`.
std::vector<Positions> positions_changed(const WindowNet& net, Axis axis,
                                         const Positions& changed) {
  std::vector<Positions> all(net.graph.nodes.size());
  all[0] = changed;
  for (int i = 1; i < int(all.size()); ++i)
    for (int u = 0; u < extent_along(net.graph.nodes[i].shape, axis); ++u)
      for (int k = 0; k < int(net.graph.nodes[i].inputs.size()); ++k)
        for (int at : read_by(net, i, k, axis, u))
          if (all[net.graph.nodes[i].inputs[k]].contains(at)) all[i].insert(u);
  return all;
}

/// By node: the positions that position `u` of the last node sees.
std::vector<Positions> positions_seen(const WindowNet& net, Axis axis, int u) {
  std::vector<Positions> all(net.graph.nodes.size());
  all.back() = {u};
  for (int i = int(all.size()) - 1; i > 0; --i)
    for (int seen : all[i])
      for (int k = 0; k < int(net.graph.nodes[i].inputs.size()); ++k)
        all[net.graph.nodes[i].inputs[k]].merge(read_by(net, i, k, axis, seen));
  return all;
}

std::vector<Extent> hulls_of(const std::vector<Positions>& all) {
  std::vector<Extent> hulls;
  for (const Positions& positions : all) hulls.push_back(hull_of(positions));
  return hulls;
}

TEST(Windows, OfAllLayersOfAUNet) { EXPECT_THAT(local_nodes(UNet().net.graph), Each(true)); }

TEST(Windows, AreNotLocalWhereARowReadsColumns) {
  UNet net;
  const int turned =
      net.net.add("turned", graph::transposed(net.net.shape(net.last), {0, 2, 1}), {net.last});
  EXPECT_FALSE(local_nodes(net.net.graph)[turned]);
  EXPECT_TRUE(windowable_nodes(net.net.graph)[turned]);
}

TEST(Windows, HoldWhatChangesInAUNet) {
  const UNet unet;
  const WindowNet net = net_of(unet, unet.last);
  for (Axis axis : {Axis::y, Axis::x})
    for (int first = -2; first < extent_along(net.graph.input(), axis); ++first) {
      const Extent occluder{first, first + 3};
      Positions changed;
      for (int u = 0; u < extent_along(net.graph.input(), axis); ++u)
        if (u >= occluder.begin && u < occluder.end) changed.insert(u);
      EXPECT_EQ(changed_extents(net, axis, occluder),
                hulls_of(positions_changed(net, axis, changed)))
          << first;
    }
}

TEST(Windows, HoldWhatAUNetsResponseSees) {
  const UNet unet;
  const WindowNet net = net_of(unet, unet.last);
  for (Axis axis : {Axis::y, Axis::x})
    for (int u = 0; u < extent_along(net.graph.nodes.back().shape, axis); ++u)
      EXPECT_EQ(cone_extents(net, unet.last, axis, u), hulls_of(positions_seen(net, axis, u))) << u;
}

/// Enlarging by two between neighbours: positions 2u - 1 to 2u + 2 see position u.
TEST(Windows, OfAResizedMap) {
  test::GraphBuilder builder({1, 6, 6});
  builder.add("up", Resample{stretched_taps(6, 12, true), {}}, {0});
  const WindowNet net = make_window_net(builder.graph, {1});
  EXPECT_THAT(changed_extents(net, Axis::y, {2, 3}), ElementsAre(Extent{2, 3}, Extent{3, 7}));
  EXPECT_THAT(changed_extents(net, Axis::x, {2, 3}), ElementsAre(Extent{2, 3}, Extent{2, 3}));
  EXPECT_THAT(cone_extents(net, 1, Axis::y, 4), ElementsAre(Extent{1, 3}, Extent{4, 5}));
  EXPECT_THAT(cone_extents(net, 1, Axis::y, 0), ElementsAre(Extent{0, 1}, Extent{0, 1}));
}

/// Positions without a tap see nothing.
TEST(Windows, OfZerosBetweenValues) {
  test::GraphBuilder builder({1, 5, 5});
  builder.add("zeros", Resample{spread_taps(5, 3), spread_taps(5, 3)}, {0});
  const WindowNet net = make_window_net(builder.graph, {1});
  EXPECT_EQ(changed_extents(net, Axis::y, {1, 3})[1], (Extent{3, 7}));
  EXPECT_EQ(cone_extents(net, 1, Axis::y, 3)[0], (Extent{1, 2}));
  EXPECT_EQ(cone_extents(net, 1, Axis::y, 4)[0].size(), 0);
}

/// The input and its ReLU, the latter 5 rows below.
TEST(Windows, OfJoinedRows) {
  test::GraphBuilder builder({1, 5, 4});
  const int relu = builder.relu("relu", 0);
  const int joined = builder.add("joined", Concat{1}, {0, relu});
  EXPECT_TRUE(local_nodes(builder.graph)[std::size_t(joined)]);
  const WindowNet net = make_window_net(builder.graph, {joined});
  ASSERT_EQ(net.graph.nodes.size(), 5u);
  EXPECT_EQ(net.targets, std::vector{4});
  EXPECT_EQ(net.graph.nodes[4].name, "joined");
  EXPECT_EQ(net.graph.nodes[4].shape, (Shape{1, 10, 4}));
  EXPECT_THAT(changed_extents(net, Axis::y, {1, 3}),
              ElementsAre(Extent{1, 3}, Extent{1, 3}, Extent{1, 3}, Extent{6, 8}, Extent{1, 8}));
  EXPECT_THAT(changed_extents(net, Axis::x, {1, 3}), Each(Extent{1, 3}));
  EXPECT_EQ(cone_extents(net, 4, Axis::y, 7)[0], (Extent{2, 3}));
  EXPECT_EQ(cone_extents(net, 4, Axis::y, 4)[0], (Extent{4, 5}));
}

/// Steps of the shared windows of a graph.
Program shared_program(const Graph& graph, int target) {
  const Grid grid = make_grid({graph.input().h, graph.input().w}, {3, 3}, {2, 2});
  WindowPlan plan(graph, {target}, grid, Response::location, {});
  const SharedWindows shared = plan.shared_windows(plan.steps());
  return plan.shared_program(shared, {0, 0, 2, 0, {0}}, plan.originals());
}

TEST(WindowProgram, GathersWithoutACrop) {
  const UNet unet;
  const Program program = shared_program(unet.net.graph, unet.last);
  std::vector<std::string> gathered, cropped;
  for (const Step& step : program.steps) {
    const Value* value = step.output < 0 ? nullptr : &program.values[step.output];
    if (std::holds_alternative<CropWindow>(step.kind)) cropped.push_back(value->layer);
    const auto* gather = std::get_if<GatherWindow>(&step.kind);
    if (!gather) continue;
    gathered.push_back(value->layer);
    EXPECT_EQ(value->window, gather->window);
    EXPECT_GE(gather->paste_window, 0);
    EXPECT_EQ(value->shape.c, unet.net.shape(unet.net.find(value->layer)).c);
    EXPECT_GE(program.values[step.inputs[0]].resident, 0) << "the original's map";
  }
  EXPECT_THAT(gathered, ElementsAre("up", "zeros", "border", "spaced"));
  for (const std::string& layer : gathered)
    EXPECT_THAT(cropped, testing::Not(testing::Contains(layer)));
}

/// Squeeze and excitation.
struct Gated {
  test::GraphBuilder net{{2, 16, 16}};
  int first = 0, mean = 0, gate = 0, gated = 0, last = 0;

  Gated() {
    first = net.relu("relu", net.add("conv1", weighted(2, 4, 3, 1, 1), {0}));
    mean = net.add("mean", Reduce{}, {first});
    const int excite = net.add("excite", weighted(4, 4, 1), {mean});
    gate = net.add("gate", Activation{Activation::Kind::sigmoid}, {excite});
    gated = net.add("gated", Elementwise{Elementwise::Kind::product}, {first, gate});
    last = net.add("last", weighted(4, 3, 3, 1, 1), {gated});
  }
};

TEST(WindowsBehindAGate, AreOfTheWholeMap) {
  const Gated made;
  EXPECT_THAT(local_nodes(made.net.graph),
              ElementsAre(true, true, true, false, false, false, false, false));
  EXPECT_THAT(windowable_nodes(made.net.graph), Each(true));
  const WindowNet net = make_window_net(made.net.graph, {made.last});
  const Extent one{0, 1}, all{0, 16};
  EXPECT_THAT(changed_extents(net, Axis::y, {4, 5}),
              ElementsAre(Extent{4, 5}, Extent{3, 6}, Extent{3, 6}, one, one, one, all, all));
  EXPECT_THAT(cone_extents(net, made.last, Axis::x, 8),
              ElementsAre(all, all, all, one, one, one, Extent{7, 10}, Extent{8, 9}));
}

/// The mean is taken of the complete map; all cells read the gate's one cell.
TEST(WindowsBehindAGate, ReadAllOfTheMapAndOneCellOfTheGate) {
  const Gated made;
  const Grid grid = make_grid({16, 16}, {3, 3}, {2, 2});
  WindowPlan plan(made.net.graph, {made.last}, grid, Response::location, {});
  const OwnWindows own = plan.own_windows(0, 0);
  const Program program = plan.own_program(own, {}, plan.originals());
  std::map<std::string, std::vector<std::pair<CropWindow, Shape>>> crops;
  for (const Step& step : program.steps)
    if (const auto* crop = std::get_if<CropWindow>(&step.kind)) {
      const Value& value = program.values[step.output];
      crops[value.layer].push_back({*crop, value.shape});
    }
  ASSERT_EQ(crops["mean"].size(), 1u);
  EXPECT_EQ(crops["mean"][0].first.stride, (Size{0, 0}));
  EXPECT_EQ(crops["mean"][0].second, (Shape{4, 16, 16}));
  ASSERT_EQ(crops["gated"].size(), 2u);
  EXPECT_EQ(crops["gated"][0].second, (Shape{4, 3, 3}));
  EXPECT_EQ(crops["gated"][1].first.stride, (Size{0, 0}));
  EXPECT_EQ(crops["gated"][1].second, (Shape{4, 1, 1}));
}

/// Zeros between the cells read nothing, but a program serves all cells.
TEST(WindowsBehindAGate, HoldTheWholeMapWhereACellNeedsNone) {
  Gated made;
  const int softmax = made.net.add("softmax", Softmax{kOverSpace}, {made.last});
  const int relu = made.net.relu("relu2", softmax);
  const int zeros = made.net.add("zeros", Resample{spread_taps(16, 3), spread_taps(16, 3)}, {relu});
  const WindowNet net = make_window_net(made.net.graph, {zeros});
  const Extent all{0, 16};
  EXPECT_EQ(cone_extents(net, zeros, Axis::y, 3)[made.last], all);
  const std::vector<Extent> none = cone_extents(net, zeros, Axis::y, 4);
  EXPECT_EQ(none[softmax], all);
  EXPECT_EQ(none[relu], all);
}

/// A table of positions: its values are those of the original, and no step computes them again.
TEST(WindowProgram, TakesConstantsFromTheOriginal) {
  test::GraphBuilder net({2, 8, 8});
  const int conv = net.add("conv", weighted(2, 4, 3, 1, 1), {0});
  const auto values = std::make_shared<const std::vector<float>>(4 * 8 * 8, 1.f);
  const int table = net.add("table", Parameter{values}, {}, {4, 8, 8});
  const int sum = net.sum("sum", {conv, table});
  EXPECT_FALSE(windowable_nodes(net.graph)[table]);
  EXPECT_TRUE(windowable_nodes(net.graph)[sum]);
  const Program program = shared_program(net.graph, sum);
  int unchanged = 0;
  for (const Step& step : program.steps) {
    const auto* compute = std::get_if<Compute>(&step.kind);
    EXPECT_FALSE(compute && std::holds_alternative<Parameter>(compute->op));
    const auto* crop = std::get_if<CropWindow>(&step.kind);
    if (!crop || crop->occluder || crop->paste_window >= 0) continue;
    ++unchanged;
    EXPECT_EQ(step.inputs.size(), 1u);
    EXPECT_EQ(program.values[step.inputs[0]].layer, "table");
  }
  EXPECT_EQ(unchanged, 1);
}

/// The response's own channel alone goes through what follows its convolution.
TEST(WindowProgram, SelectsAChannelBeforeAResize) {
  test::GraphBuilder builder({3, 12, 12});
  const int conv = builder.add("conv", weighted(3, 16, 3), {0});
  const int up =
      builder.add("up", Resample{stretched_taps(10, 20, true), stretched_taps(10, 20, true)},
                  {builder.relu("relu", conv)});
  WindowPlan plan(builder.graph, {up}, make_grid({12, 12}, {3, 3}, {2, 2}), Response::location, {});
  const OwnWindows own = plan.own_windows(0, 0);
  WindowPlan::OwnProgram which;
  const Program program = plan.own_program(own, which, plan.originals());
  const auto step = std::find_if(program.steps.begin(), program.steps.end(), [](const Step& s) {
    return std::holds_alternative<GatherWindow>(s.kind);
  });
  ASSERT_NE(step, program.steps.end());
  const auto& gather = std::get<GatherWindow>(step->kind);
  EXPECT_TRUE(gather.selected);
  EXPECT_EQ(program.values[step->output].shape.c, 1);
  EXPECT_EQ(program.values[step->inputs[0]].shape.c, 16) << "the original's map";
  EXPECT_EQ(program.values[step->inputs[1]].shape.c, 1);
}

}  // namespace
