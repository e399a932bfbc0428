// The table of `rfmap theory`: AlexNet as in the guide to convolution arithmetic, graphs with
// unaligned paths, upsampling, boxes of neurons, run time.
#include <cmath>
#include <ctime>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/theory.h"

#include "graph_builder.h"

namespace rfmap {
namespace {

using test::GraphBuilder;
using testing::DoubleEq;

std::vector<Layer> every_layer(const Graph& graph) {
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    layers.push_back({graph.nodes[i].name, int(i)});
  return layers;
}

TheoryTable table_of(const GraphBuilder& net) {
  return theory_table(net.graph, every_layer(net.graph));
}

const TheoryRow& row_of(const TheoryTable& table, const std::string& name) {
  for (const TheoryRow& row : table.rows)
    if (row.name == name) return row;
  throw std::runtime_error("no row " + name);
}

/// The guide's program on its own AlexNet: n, jump, r, start by r += (k - 1) j, j *= s,
/// start += ((k - 1) / 2 - p) j, the fully connected layers as convolutions of the map's size.
TEST(TheoryTable, AlexNetAsTheArithmeticGuidePrintsIt) {
  GraphBuilder net({3, 227, 227});
  int x = net.conv("conv1", 0, {11, 4}, 96);
  x = net.pool("pool1", x, {3, 2});
  x = net.conv("conv2", x, {5, 1, 2}, 256);
  x = net.pool("pool2", x, {3, 2});
  x = net.conv("conv3", x, {3, 1, 1}, 384);
  x = net.conv("conv4", x, {3, 1, 1}, 384);
  x = net.conv("conv5", x, {3, 1, 1}, 256);
  x = net.pool("pool5", x, {3, 2});
  x = net.add("flat", Reshape{}, {x}, {256 * 36, 1, 1});
  x = net.add("fc6", FullyConnected{64}, {x});
  net.add("fc7", FullyConnected{10}, {x});
  struct Line {
    const char* layer;
    double n, jump, size, start;
  };
  const std::vector<Line> guide{
      {"data", 227, 1, 1, 0.5},     {"conv1", 55, 4, 11, 5.5},    {"pool1", 27, 8, 19, 9.5},
      {"conv2", 27, 8, 51, 9.5},    {"pool2", 13, 16, 67, 17.5},  {"conv3", 13, 16, 99, 17.5},
      {"conv4", 13, 16, 131, 17.5}, {"conv5", 13, 16, 163, 17.5}, {"pool5", 6, 32, 195, 33.5},
      {"fc6", 1, 32, 355, 113.5},   {"fc7", 1, 32, 355, 113.5}};
  const TheoryTable table = table_of(net);
  for (const Line& line : guide) {
    SCOPED_TRACE(line.layer);
    const TheoryRow& row = row_of(table, line.layer);
    for (std::size_t axis : {0, 1}) {
      EXPECT_EQ(row.jump[axis], line.jump);
      EXPECT_EQ(row.size[axis], line.size);
      EXPECT_EQ(row.centre[axis] + 0.5, line.start);
    }
    EXPECT_EQ(row.map, (Size{int(line.n), int(line.n)}));
    EXPECT_EQ(row.larger, line.size > 227);
    EXPECT_EQ(row.global, row.name[0] == 'f');
    EXPECT_FALSE(row.varies);
  }
  EXPECT_EQ(row_of(table, "conv2").input, (Size{27, 27}));
  EXPECT_TRUE(table.junctions.empty());
}

/// The two wrong formulas of docs/method.md, with the figures given there.
TEST(TheoryTable, FormulasThatCirculateAreWrong) {
  struct Window {
    int k, s, p;
  };
  const auto backwards = [](std::vector<Window> windows) {
    int r = 1;
    for (; !windows.empty(); windows.pop_back())
      r = (r - 1) * windows.back().s + windows.back().k - 2 * windows.back().p;
    return r;
  };
  const auto forwards = [](const std::vector<Window>& windows) {
    int r = 1;
    for (const Window& w : windows) r += w.k - w.s;
    return r;
  };
  const std::vector<Window> two{{3, 1, 1}, {3, 1, 1}}, three{{11, 4, 0}, {3, 2, 0}, {5, 1, 2}};
  EXPECT_EQ(backwards(two), 1);
  EXPECT_EQ(forwards(two), 5);
  EXPECT_EQ(backwards(three), 19);
  EXPECT_EQ(forwards(three), 13);
  GraphBuilder net({1, 227, 227});
  int x = 0;
  for (const Window& w : three) x = net.conv("conv" + std::to_string(x), x, {w.k, w.s, w.p}, 1);
  EXPECT_EQ(table_of(net).rows.back().size[0], 51);
}

TEST(TheoryTable, NamesWherePathsMeetUnaligned) {
  GraphBuilder net({1, 16, 16});
  const int pool = net.pool("pool", 0, {2, 2}), conv = net.conv("conv", 0, {3, 2, 1}, 1);
  const int sum = net.sum("sum", {pool, conv});
  net.conv("behind", sum, {3, 1, 1}, 1);
  const TheoryTable table = table_of(net);
  ASSERT_EQ(table.junctions.size(), 1u);
  EXPECT_EQ(table.junctions[0].name, "sum");
  ASSERT_EQ(table.junctions[0].inputs.size(), 2u);
  EXPECT_EQ(table.junctions[0].inputs[0].name, "pool");
  EXPECT_EQ(table.junctions[0].inputs[1].name, "conv");
  EXPECT_EQ(table.junctions[0].inputs[1].padding[0], 1);
  EXPECT_FALSE(row_of(table, "behind").aligned);
  EXPECT_FALSE(row_of(table, "behind").varies);  // one jump: the hull moves with it
  EXPECT_TRUE(theory_table(net.graph, {{"conv", conv}}).junctions.empty());
}

TEST(TheoryTable, PathsOfSeveralJumpsHaveABoxPerPosition) {
  GraphBuilder net({1, 12, 12});
  const int wide = net.conv("wide", 0, {1, 3}, 1);  // 4 positions, jump 3
  const int narrow = net.add("narrow", Slice{1, 0, 4}, {net.add("cut", Slice{2, 0, 4}, {0})});
  net.sum("sum", {wide, narrow});
  const TheoryTable table = table_of(net);
  const TheoryRow& row = row_of(table, "sum");
  EXPECT_FALSE(row.aligned);
  EXPECT_TRUE(row.varies);
  EXPECT_EQ(row.smallest[0], 1);
  EXPECT_EQ(row.largest[0], 7);
  for (std::size_t u = 0; u < 4; ++u) {  // [3u, 3u] and [u, u]
    EXPECT_EQ(row.whole[0][u].first, double(u));
    EXPECT_EQ(row.whole[0][u].last, 3.0 * double(u));
  }
}

TEST(TheoryTable, UpsamplingMakesTheJumpAFractionAndBoxesChange) {
  GraphBuilder net({1, 8, 8});
  const int pool = net.pool("pool", 0, {2, 2});
  const AxisReads twice{0.5, 0, 0.5, 0};  // kernel 2, stride 2: position u reads floor(u / 2)
  const int up =
      net.add("up", TheoryOnly{"transposed convolution", twice, twice}, {pool}, {1, 8, 8});
  net.conv("conv", up, {3, 1, 1}, 1);
  const TheoryTable table = table_of(net);
  const TheoryRow& row = row_of(table, "up");
  EXPECT_EQ(row.kind, "transposed convolution");
  EXPECT_EQ(row.jump[0], 1);
  EXPECT_EQ(row.size[0], 2);
  EXPECT_TRUE(row.varies);
  EXPECT_TRUE(row.aligned);
  EXPECT_EQ(row.whole[0][5].first, 4);
  EXPECT_EQ(row.whole[0][5].last, 5);
  const TheoryRow& conv = row_of(table, "conv");  // reads rows u - 1 to u + 1 of `up`
  EXPECT_EQ(conv.whole[0][0].first, -2);
  EXPECT_EQ(conv.whole[0][0].last, 1);
  EXPECT_EQ(conv.seen[0][0].first, 0);
  EXPECT_EQ(conv.whole[0][3].first, 2);
  EXPECT_EQ(conv.whole[0][3].last, 5);
}

/// pool 2 x 2, upsampled to the input's size, with or without a gate, then a convolution.
GraphBuilder upsampled(bool gated) {
  GraphBuilder net({1, 8, 8});
  const int pool = net.pool("pool", 0, {2, 2});
  const AxisReads twice{0.5, 0, 0.5, 0};
  int up = net.add("up", TheoryOnly{"transposed convolution", twice, twice}, {pool}, {1, 8, 8});
  if (gated) {
    const int mean = net.add("mean", Reduce{}, {up});
    up = net.add("gated", Elementwise{Elementwise::Kind::product}, {up, mean});
    TheoryOnly norm{"normalisation"};
    norm.scope = TheoryOnly::Scope::normalised;
    up = net.add("norm", norm, {up}, {1, 8, 8});
  }
  net.conv("conv", up, {3, 1, 1}, 1);
  return net;
}

TEST(TheoryTable, BoxesWithAGateAreThoseWithout) {
  const GraphBuilder plain = upsampled(false), gated = upsampled(true);
  const TheoryTable wanted = table_of(plain), got = table_of(gated);
  const TheoryRow &a = row_of(wanted, "conv"), &b = row_of(got, "conv");
  EXPECT_FALSE(a.global_path);
  EXPECT_TRUE(b.global_path);
  EXPECT_FALSE(b.global);
  EXPECT_TRUE(b.aligned);
  EXPECT_EQ(a.varies, b.varies);
  EXPECT_EQ(a.jump, b.jump);
  for (const std::size_t axis : {0, 1})
    for (std::size_t u = 0; u < 8; ++u) {
      EXPECT_EQ(a.whole[axis][u].first, b.whole[axis][u].first);
      EXPECT_EQ(a.whole[axis][u].last, b.whole[axis][u].last);
      EXPECT_EQ(b.seen[axis][u].last, 7);
    }
}

TEST(TheoryTable, SizesThatAreNotKnownAreNotNumbers) {
  GraphBuilder net({4, 6, 6});
  const int conv = net.conv("conv", 0, {3, 1, 1}, 4);
  net.add("line", Reshape{}, {conv}, {4, 36, 1});
  TheoryOnly open{"TopK"};
  open.scope = TheoryOnly::Scope::everything;
  open.shape_known = false;
  open.reason = "the operation is not supported";
  net.add("open", open, {conv}, {1, 1, 1});
  net.add("again", open, {conv}, {1, 1, 1});
  const TheoryTable table = table_of(net);
  const TheoryRow &line = row_of(table, "line"), &unknown = row_of(table, "open");
  EXPECT_FALSE(line.followed);
  EXPECT_TRUE(line.aligned);
  EXPECT_TRUE(std::isnan(line.size[0]) && std::isnan(line.jump[0]) && std::isnan(line.centre[0]));
  EXPECT_GT(line.whole[0][0].first, line.whole[0][0].last);
  ASSERT_EQ(line.seen[0].size(), 36u);  // any row of the image
  EXPECT_EQ(line.seen[0][7].first, 0);
  EXPECT_EQ(line.seen[0][7].last, 5);
  EXPECT_TRUE(line.known);
  EXPECT_FALSE(unknown.known);
  EXPECT_TRUE(unknown.global);
  EXPECT_EQ(unknown.map, (Size{0, 0}));
  EXPECT_EQ(unknown.size[0], 8);  // the image and one pixel of padding on each side
  EXPECT_TRUE(std::isnan(unknown.jump[0]));
  ASSERT_EQ(table.assumed.size(), 1u);
  EXPECT_EQ(table.assumed[0].operation, "TopK");
  EXPECT_EQ(table.assumed[0].first, "open");
  EXPECT_EQ(table.assumed[0].count, 2);
  EXPECT_TRUE(theory_table(net.graph, {{"conv", conv}}).assumed.empty());
}

TEST(TheoryTable, NeuronsOfAlexNet) {
  GraphBuilder net({3, 227, 227});
  int x = net.conv("conv1", 0, {11, 4}, 8);
  x = net.pool("pool1", x, {3, 2});
  const int conv2 = net.conv("conv2", x, {5, 1, 2}, 8);
  const NeuronBox box = neuron_box(net.graph, conv2, {0, 13});
  EXPECT_EQ(box.whole, (Rect{-16, 88, 35, 139}));
  EXPECT_EQ(box.clipped, (Rect{0, 88, 35, 139}));
  EXPECT_THAT(box.centre.y, DoubleEq(9));
  EXPECT_THAT(box.centre.x, DoubleEq(113));
}

/// A graph of the size of ResNet-152 at 224 px and one neuron of it.
TEST(TheoryTable, TakesLessThanATenthOfASecond) {
  GraphBuilder net({3, 224, 224});
  int x = net.pool("pool", net.conv("conv", 0, {7, 2, 3}, 8), {3, 2, 1});
  const int units[] = {3, 8, 36, 3};
  for (int stage = 0; stage < 4; ++stage)
    for (int unit = 0; unit < units[stage]; ++unit) {
      const int stride = unit == 0 && stage > 0 ? 2 : 1;
      const std::string name = std::to_string(stage) + "_" + std::to_string(unit);
      const int a = net.relu(name + "r", net.conv(name + "a", x, {1}, 8));
      const int b = net.relu(name + "s", net.conv(name + "b", a, {3, stride, 1}, 8));
      const int c = net.conv(name + "c", b, {1}, 8);
      if (unit == 0) x = net.conv(name + "d", x, {1, stride}, 8);
      x = net.relu(name, net.sum(name + "sum", {c, x}));
    }
  const std::clock_t begin = std::clock();  // CPU time of this process only
  const TheoryTable table = table_of(net);
  const NeuronBox box = neuron_box(net.graph, x, {3, 3});
  const double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_EQ(table.rows.back().size[0], 1451);
  EXPECT_EQ(box.clipped, (Rect{0, 0, 224, 224}));
  EXPECT_LT(seconds, 0.1);
  RecordProperty("seconds", std::to_string(seconds));
}

}  // namespace
}  // namespace rfmap
