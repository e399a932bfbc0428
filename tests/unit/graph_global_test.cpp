// Fields of operations that see the whole map, of gates, and of moves that are not followed.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/field.h"

#include "graph/rearrange.h"
#include "graph_builder.h"

namespace rfmap {
namespace {

using test::GraphBuilder;

TEST(Theory, GlobalOperationsSeeAllPositionsOfTheirInput) {
  GraphBuilder net({4, 20, 20});
  const int conv = net.conv("conv", 0, {3, 2, 1}, 4);
  const int pooled = net.add("pooled", Reduce{}, {conv});
  const int excite = net.conv("excite", pooled, {1}, 4);
  const int scaled = net.add("scaled", Elementwise{Elementwise::Kind::product}, {excite, conv});
  const int flat = net.add("flat", Reshape{}, {conv}, {400, 1, 1});
  const int dense = net.add("dense", FullyConnected{10}, {flat});
  const int spatial = net.add("spatial", Softmax{kOverAll}, {conv});
  const int channels = net.add("channels", Softmax{one_axis(0)}, {conv});
  const int turned = net.add("turned", graph::transposed(net.shape(conv), {0, 2, 1}), {conv});
  const int across = net.add("across", graph::transposed(net.shape(conv), {2, 1, 0}), {conv});
  const std::vector<Field> fields = theoretical_fields(net.graph);
  for (int node : {pooled, excite, flat, dense, spatial, turned}) {
    SCOPED_TRACE(net.graph.nodes[node].name);
    EXPECT_TRUE(fields[node].global);
    EXPECT_EQ(fields[node].y.stride(), 0);
    EXPECT_EQ(field_box(fields[node], {0, 0}), (Rect{-1, -1, 20, 20}));
    EXPECT_TRUE(covers_input(fields[node], {1, 1}, {20, 20}));
  }
  // A gate keeps the positions of the map that it scales.
  EXPECT_TRUE(fields[scaled].aligned());
  EXPECT_TRUE(fields[scaled].has_global_path());
  EXPECT_FALSE(fields[scaled].global);
  EXPECT_EQ(fields[scaled].y.stride(), 2);
  EXPECT_EQ(fields[scaled].local().y.size(), fields[conv].y.size());
  EXPECT_EQ(field_centre(fields[scaled], {3, 5}).y, field_centre(fields[conv], {3, 5}).y);
  EXPECT_FALSE(covers_input(fields[scaled], {10, 10}, {20, 20}));
  EXPECT_EQ(clipped_box(fields[scaled], {9, 0}, {20, 20}), (Rect{0, 0, 20, 20}));
  EXPECT_FALSE(fields[channels].global);
  EXPECT_EQ(fields[channels].y.size(), 3);
  EXPECT_FALSE(fields[across].global);
  EXPECT_EQ(field_box(fields[across], {2, 1}), (Rect{3, -1, 6, 20}));
}

TheoryOnly theory_op(TheoryOnly::Scope scope) {
  TheoryOnly op{"other"};
  op.scope = scope;
  return op;
}

TEST(Theory, StatisticsOverSpaceKeepTheLocalField) {
  GraphBuilder net({4, 20, 20});
  const int conv = net.conv("conv", 0, {3, 2, 1}, 4);
  const int norm = net.add("norm", theory_op(TheoryOnly::Scope::normalised), {conv}, {4, 10, 10});
  const int after = net.conv("after", norm, {3, 1, 1}, 4);
  const int line =
      net.add("line", Normalisation{Normalisation::Kind::standard, one_axis(2)}, {conv});
  const std::vector<Field> fields = theoretical_fields(net.graph);
  for (const int node : {norm, after}) {
    SCOPED_TRACE(net.graph.nodes[node].name);
    EXPECT_FALSE(fields[node].global);
    EXPECT_TRUE(fields[node].aligned());
    EXPECT_TRUE(fields[node].has_global_path());
    EXPECT_EQ(clipped_box(fields[node], {9, 0}, {20, 20}), (Rect{0, 0, 20, 20}));
  }
  EXPECT_EQ(fields[norm].local().y.size(), 3);
  EXPECT_EQ(fields[after].local().y.size(), 7);
  EXPECT_EQ(fields[after].y.stride(), 2);
  EXPECT_FALSE(fields[line].y.has_global_path());
  EXPECT_TRUE(fields[line].x.has_global_path());
  EXPECT_EQ(fields[line].local().x.size(), 3);
  EXPECT_EQ(clipped_box(fields[line], {2, 1}, {20, 20}), (Rect{3, 0, 6, 20}));
}

TEST(Theory, AMapOfWhichEveryPositionSeesEverythingMakesSumsGlobal) {
  GraphBuilder net({4, 20, 20});
  const int conv = net.conv("conv", 0, {3, 2, 1}, 4);
  const int attention =
      net.add("attention", theory_op(TheoryOnly::Scope::everything), {conv}, {4, 10, 10});
  const int sum = net.sum("sum", {conv, attention});
  const int joined = net.concat("joined", {conv, attention});
  const std::vector<Field> fields = theoretical_fields(net.graph);
  for (const int node : {attention, sum, joined}) {
    SCOPED_TRACE(net.graph.nodes[node].name);
    EXPECT_TRUE(fields[node].global);
    EXPECT_TRUE(fields[node].aligned());
    EXPECT_FALSE(fields[node].has_global_path());
    EXPECT_EQ(field_box(fields[node], {4, 4}), (Rect{-1, -1, 20, 20}));
  }
  const ChannelFields channels = channel_fields(net.graph)[joined];
  EXPECT_FALSE(channels.at(0).global);
  EXPECT_TRUE(channels.at(4).global);
}

TEST(Theory, AMeanThatIsResizedBackIsAGlobalPathOfItsConcatenation) {
  GraphBuilder net({4, 20, 20});
  const int conv = net.conv("conv", 0, {3, 2, 1}, 4);
  const int mean = net.add("mean", Reduce{}, {conv});
  const AxisReads first{0, 0, 0, 0, false, false, true};
  const int wide = net.add("wide", TheoryOnly{"resize", first, first}, {mean}, {4, 10, 10});
  const int joined = net.concat("joined", {conv, net.relu("relu", wide)});
  const std::vector<Field> fields = theoretical_fields(net.graph);
  EXPECT_TRUE(fields[wide].global);
  EXPECT_FALSE(fields[joined].global);
  EXPECT_TRUE(fields[joined].has_global_path());
  EXPECT_EQ(fields[joined].local().y.size(), 3);
}

TEST(Theory, MovedPositionsAreNotFollowed) {
  GraphBuilder net({4, 10, 10});
  const int conv = net.conv("conv", 0, {3, 1, 1}, 4);
  const int line = net.add("line", Reshape{}, {conv}, {4, 100, 1});
  const int swapped = net.add("swapped", graph::transposed(net.shape(conv), {0, 2, 1}), {conv});
  const int sum = net.sum("sum", {conv, swapped});
  const int mean = net.add("mean", Reduce{}, {sum});
  const int flat = net.add("flat", Reshape{}, {conv}, {400, 1, 1});
  const int gate = net.add("gate", Elementwise{Elementwise::Kind::product}, {conv, mean});
  const std::vector<Field> fields = theoretical_fields(net.graph);
  for (const int node : {line, swapped, sum})
    EXPECT_FALSE(fields[node].followed()) << net.graph.nodes[node].name;
  for (const int node : {conv, mean, flat, gate})
    EXPECT_TRUE(fields[node].followed()) << net.graph.nodes[node].name;
  EXPECT_TRUE(fields[mean].global);
  EXPECT_TRUE(fields[flat].global);
  EXPECT_EQ(fields[gate].local().y.size(), 3);
}

TEST(Theory, ReshapeOfOnePositionKeepsItsField) {
  GraphBuilder net({1, 9, 9});
  const int conv = net.conv("conv", 0, {5, 9}, 6);
  const int flat = net.add("flat", Reshape{}, {conv}, {6, 1, 1});
  const Field field = theoretical_fields(net.graph)[flat];
  EXPECT_FALSE(field.global);
  EXPECT_EQ(field.y.stride(), 9);
  EXPECT_EQ(field_box(field, {0, 0}), (Rect{0, 0, 5, 5}));
}

}  // namespace
}  // namespace rfmap
