#include <memory>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/field.h"
#include "rfmap/graph.h"

#include "graph/rearrange.h"
#include "graph_builder.h"

namespace rfmap {
namespace {

using test::GraphBuilder;
using testing::ElementsAre;

Floats floats(std::vector<float> values) {
  return std::make_shared<const std::vector<float>>(std::move(values));
}

/// 1 x 1 convolution from 2 to 2 channels with weights.
Conv pointwise(bool biased) {
  Conv conv;
  conv.out_channels = 2;
  conv.weights = floats({1, 2, 3, 4});
  if (biased) conv.bias = floats({10, 20});
  return conv;
}

TEST(FoldAffine, ScalesWeightsAndShiftsTheBias) {
  GraphBuilder net({2, 5, 5});
  const int conv = net.add("conv", pointwise(true), {0});
  const int norm = net.add("norm", Affine{floats({2, -1}), floats({0.5f, 7})}, {conv});
  net.relu("relu", norm);
  const Graph folded = fold_affine(net.graph);
  ASSERT_EQ(folded.nodes.size(), 3u);
  const Node& node = folded.nodes[1];
  EXPECT_THAT(*std::get<Conv>(node.op).weights, ElementsAre(2, 4, -3, -4));
  EXPECT_THAT(*std::get<Conv>(node.op).bias, ElementsAre(20.5f, -13));
  EXPECT_EQ(node.name, "conv");
  EXPECT_THAT(node.tensors, ElementsAre("norm:0"));
  EXPECT_THAT(node.aliases, ElementsAre("conv", "norm"));
  EXPECT_THAT(folded.nodes[2].inputs, ElementsAre(1));
  EXPECT_THAT(*std::get<Conv>(net.graph.nodes[1].op).weights, ElementsAre(1, 2, 3, 4));
}

TEST(FoldAffine, FoldsNormalisationAndScaleOneAfterTheOther) {
  GraphBuilder net({2, 5, 5});
  const int conv = net.add("conv", pointwise(false), {0});
  const int norm = net.add("norm", Affine{floats({2, 1}), floats({1, 0})}, {conv});
  const int scale = net.add("scale", Affine{floats({3, 1}), nullptr}, {norm});
  net.graph.outputs = {scale};
  const Graph folded = fold_affine(net.graph);
  ASSERT_EQ(folded.nodes.size(), 2u);
  EXPECT_THAT(*std::get<Conv>(folded.nodes[1].op).weights, ElementsAre(6, 12, 3, 4));
  EXPECT_THAT(*std::get<Conv>(folded.nodes[1].op).bias, ElementsAre(3, 0));
  EXPECT_THAT(folded.outputs, ElementsAre(1));
}

TEST(FoldAffine, FoldsAfterFullyConnected) {
  GraphBuilder net({2, 1, 1});
  FullyConnected dense{2};
  dense.weights = floats({1, 2, 3, 4});
  const int fc = net.add("fc", dense, {0});
  net.add("norm", Affine{nullptr, floats({5, 6})}, {fc});
  const Graph folded = fold_affine(net.graph);
  ASSERT_EQ(folded.nodes.size(), 2u);
  EXPECT_THAT(*std::get<FullyConnected>(folded.nodes[1].op).bias, ElementsAre(5, 6));
}

TEST(FoldAffine, LeavesWhatHasAnotherReader) {
  GraphBuilder net({2, 2, 2});
  const int conv = net.add("conv", pointwise(false), {0});
  const int norm = net.add("norm", Affine{floats({2, 1}), nullptr}, {conv});
  const Graph declared = [&] {
    Graph graph = net.graph;
    graph.outputs = {conv, norm};
    return graph;
  }();
  EXPECT_EQ(fold_affine(declared).nodes.size(), 3u);
  GraphBuilder branched = net;
  branched.sum("sum", {conv, norm});
  EXPECT_EQ(fold_affine(branched.graph).nodes.size(), 4u);
  GraphBuilder each = net;  // one number per value cannot be folded into a convolution
  each.add("map", Affine{floats(std::vector<float>(8, 1)), nullptr}, {norm});
  EXPECT_EQ(fold_affine(each.graph).nodes.size(), 3u);
}

TEST(Prune, KeepsWhatTheTargetsNeedInOrder) {
  GraphBuilder net({2, 8, 8});
  const int a = net.conv("a", 0, {3}, 2), b = net.conv("b", a, {1}, 2),
            c = net.conv("c", a, {1}, 2);
  const int sum = net.sum("sum", {b, c});
  net.graph.outputs = {sum, c};
  const Pruned pruned = prune(net.graph, {c});
  EXPECT_THAT(pruned.new_index, ElementsAre(0, 1, -1, 2, -1));
  ASSERT_EQ(pruned.graph.nodes.size(), 3u);
  EXPECT_EQ(pruned.graph.nodes[2].name, "c");
  EXPECT_THAT(pruned.graph.nodes[2].inputs, ElementsAre(1));
  EXPECT_THAT(pruned.graph.outputs, ElementsAre(2));
}

TEST(Macs, CountGroupsOnceAndVectorsWhole) {
  GraphBuilder net({4, 8, 8});
  const int conv = net.conv("conv", 0, {3, 2, 1}, 6, 2);  // 6 x 4 x 4 outputs of 2 x 3 x 3
  const int flat = net.add("flat", Reshape{}, {conv}, {96, 1, 1});
  const int dense = net.add("dense", FullyConnected{10}, {flat});
  EXPECT_EQ(macs(net.graph, conv), 96 * 18);
  EXPECT_EQ(macs(net.graph, flat), 0);
  EXPECT_EQ(macs(net.graph, dense), 960);
  const std::vector<Shape> matrices{{2, 3, 4}, {1, 4, 5}};
  EXPECT_EQ(macs(MatMul{}, matrices, {2, 3, 5}), 2 * 3 * 4 * 5);
}

TEST(KindName, IsTheFieldsWord) {
  EXPECT_EQ(kind_name(Conv{}), "convolution");
  EXPECT_EQ(kind_name(Pool{}), "max pooling");
  EXPECT_EQ(kind_name(Reduce{}), "global average pooling");
  EXPECT_EQ(kind_name(Reduce{Reduce::Kind::maximum}), "global max pooling");
  EXPECT_EQ(kind_name(Reduce{Reduce::Kind::mean, kOverChannels}), "mean over axes");
  EXPECT_EQ(kind_name(Reduce{Reduce::Kind::sum}), "sum over axes");
  EXPECT_EQ(kind_name(Normalisation{}), "layer normalisation");
  EXPECT_EQ(kind_name(Normalisation{Normalisation::Kind::standard, kOverSpace}),
            "instance normalisation");
  EXPECT_EQ(kind_name(Normalisation{Normalisation::Kind::rms}), "RMS normalisation");
  EXPECT_EQ(kind_name(Softmax{kOverChannels, Softmax::Kind::logarithm}), "log-softmax");
  EXPECT_EQ(kind_name(MatMul{}), "matrix product");
  EXPECT_EQ(kind_name(Activation{Activation::Kind::prelu}), "parametric ReLU");
  EXPECT_EQ(kind_name(Elementwise{Elementwise::Kind::product}), "product");
  EXPECT_EQ(kind_name(FullyConnected{}), "fully connected");
}

}  // namespace
}  // namespace rfmap
