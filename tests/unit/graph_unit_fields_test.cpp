// The field of each channel: that of its own branch if channels come from several.
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/field.h"

#include "graph/rearrange.h"
#include "graph_builder.h"

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

}  // namespace
}  // namespace rfmap
