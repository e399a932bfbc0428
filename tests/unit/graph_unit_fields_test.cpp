// The field of each channel: that of its own branch if channels come from several.
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/field.h"

#include "graph/boxes.h"
#include "graph/rearrange.h"
#include "graph_builder.h"
#include "median_box.h"

namespace rfmap {
namespace {

using test::GraphBuilder;
using Sides = std::vector<double>;

Sides sides(const GraphBuilder& net, int node) {
  Sides out;
  const ChannelFields fields = channel_fields(net.graph)[node];
  for (int c = 0; c < net.shape(node).c; ++c) {
    const Field& field = fields.at(c);
    EXPECT_EQ(field.y.size(), field.x.size());
    out.push_back(field.y.size());
  }
  return out;
}

/// Branches of 1, 3 and 5 px: two channels, one, three.
int module(GraphBuilder& net) {
  const int a = net.conv("a", 0, {1}, 2), b = net.conv("b", 0, {3, 1, 1}, 1),
            c = net.conv("c", 0, {5, 1, 2}, 3);
  return net.concat("joined", {a, b, c});
}

TEST(UnitFields, OfAConcatenationAreItsBranches) {
  GraphBuilder net({3, 32, 32});
  const int joined = module(net);
  const Sides own{1, 1, 3, 5, 5, 5};
  EXPECT_EQ(sides(net, joined), own);
  EXPECT_EQ(sides(net, net.relu("relu", joined)), own);
  const int pooled = net.pool("pool", joined, {3, 2});
  EXPECT_EQ(sides(net, pooled), (Sides{3, 3, 5, 7, 7, 7}));
  EXPECT_EQ(channel_fields(net.graph)[pooled].at(0).y.stride(), 2);
  EXPECT_EQ(sides(net, net.conv("mixed", joined, {1}, 2)), (Sides{5, 5}));
}

TEST(UnitFields, FollowChannelsThroughWhatKeepsThemApart) {
  GraphBuilder net({3, 32, 32});
  const int joined = module(net);
  EXPECT_EQ(sides(net, net.conv("depthwise", joined, {3, 1, 1}, 6, 6)), (Sides{3, 3, 5, 7, 7, 7}));
  EXPECT_EQ(sides(net, net.conv("grouped", joined, {1}, 6, 3)), (Sides{1, 1, 5, 5, 5, 5}));
  EXPECT_EQ(sides(net, net.add("slice", Slice{0, 1, 4}, {joined})), (Sides{1, 3, 5}));
  EXPECT_EQ(sides(net, net.add("shuffled", graph::shuffled(net.shape(joined), 2), {joined})),
            (Sides{1, 5, 1, 5, 3, 5}));
  EXPECT_EQ(sides(net, net.add("lrn", Lrn{3}, {joined})), (Sides{1, 3, 5, 5, 5, 5}));
  EXPECT_EQ(sides(net, net.add("softmax", Softmax{}, {joined})), (Sides{5, 5, 5, 5, 5, 5}));
  const int plain = net.conv("plain", 0, {3, 1, 1}, 6);
  EXPECT_EQ(sides(net, net.sum("sum", {joined, plain})), (Sides{3, 3, 3, 5, 5, 5}));
}

TEST(UnitFields, WithoutBranchesAreTheLayers) {
  GraphBuilder net({3, 32, 32});
  const int x = net.conv("conv2", net.conv("conv1", 0, {5, 2}, 4), {3, 1, 1}, 4);
  EXPECT_EQ(sides(net, x), Sides(4, theoretical_fields(net.graph)[x].y.size()));
}

// Rows joined in another order have a hull that holds the whole image, and so has a convolution
// across the seam; behind a bilinear resize the formula is one cell too large.
TEST(UnitFields, AreMediansOfTheBranchsBoxesWhereTheyVary) {
  GraphBuilder net({3, 32, 32});
  const int upper = net.add("upper", Slice{1, 0, 20}, {0}),
            lower = net.add("lower", Slice{1, 20, 32}, {0});
  const int swapped = net.concat("swapped", {lower, upper}, 1);
  const int plain = net.conv("plain", 0, {5, 1, 2}, 2);
  const int small = net.conv("small", 0, {3, 2, 1}, 1);
  const AxisReads bilinear{0.5, -0.25, 1, 1, true, true, true};  // to twice the size
  const int resized =
      net.add("resized", TheoryOnly{"bilinear", bilinear, bilinear}, {small}, {1, 32, 32});
  const int joined = net.concat("joined", {swapped, plain, resized});
  const int top = net.conv("top", joined, {3, 1, 1}, 6, 6);

  const graph::BoxSource source(net.graph);
  const std::vector<ChannelFields> channels = channel_fields(net.graph);
  const auto sizes = [&](int node) {
    return graph::unit_sizes(source, channels[std::size_t(node)], node, {0, 2, 3, 4, 5});
  };
  EXPECT_EQ(test::size_of(source, swapped), (FieldSize{1, 1}));
  EXPECT_GT(source.fields[std::size_t(swapped)].y.size(), 30);
  const FieldSize cells = test::median_box(net.graph, resized);
  EXPECT_EQ(cells, (FieldSize{5, 5}));
  EXPECT_EQ(sizes(joined), (std::vector<FieldSize>{{1, 1}, {1, 1}, {5, 5}, {5, 5}, cells}));
  EXPECT_EQ(test::size_of(source, joined), test::median_box(net.graph, joined));

  const int seam = net.conv("seam", swapped, {3, 1, 1}, 3),
            wide = net.conv("wide", resized, {3, 1, 1}, 1);
  EXPECT_EQ(test::median_box(net.graph, seam), (FieldSize{3, 3}));
  const FieldSize of_cells = test::median_box(net.graph, wide);
  EXPECT_EQ(sizes(top), (std::vector<FieldSize>{{3, 3}, {3, 3}, {7, 7}, {7, 7}, of_cells}));
}

}  // namespace
}  // namespace rfmap
