#include <memory>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/field.h"
#include "rfmap/graph.h"

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

Transpose to_last() { return {{1, 2, 0}}; }   // C, H, W -> H, W, C
Transpose to_first() { return {{2, 0, 1}}; }  // and back

const Field& field_of(const std::vector<Field>& fields, const Graph& graph, const char* name) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].name == name) return fields[i];
  throw std::logic_error(name);
}

TEST(UndoMoves, APairWithNothingBetweenIsTakenOut) {
  GraphBuilder net({3, 6, 5});
  const int a = net.conv("conv1", 0, {3, 1, 1}, 4);
  const int b = net.add("back", to_first(), {net.add("last", to_last(), {a})});
  net.graph.outputs = {net.conv("conv2", b, {3, 1, 1}, 2)};
  const Graph graph = undo_moves(net.graph);
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes[2].inputs, std::vector<int>{1});
  EXPECT_THAT(graph.nodes[1].tensors, ElementsAre("conv1:0", "back:0"));
  EXPECT_THAT(graph.nodes[1].aliases, testing::IsSupersetOf({"back", "last"}));
  EXPECT_EQ(theoretical_fields(graph)[2].y.size(), 5);
}

TEST(UndoMoves, WhatLiesBetweenIsComputedBefore) {
  GraphBuilder net({2, 3, 2});
  int x = net.add("last", to_last(), {0});  // H, W, C = 3, 2, 2
  // Factors of the channels, as [C, H, W] of the moved value: the last axis varies.
  std::vector<float> factors;
  for (int i = 0; i < 12; ++i) factors.push_back(i % 2 == 0 ? 5.f : 7.f);
  x = net.add("gain", Affine{floats(factors), nullptr}, {x});
  x = net.relu("relu", x);
  x = net.add("soft", Softmax{one_axis(2)}, {x});
  net.graph.outputs = {net.add("back", to_first(), {x})};
  const Graph graph = undo_moves(net.graph);
  ASSERT_EQ(graph.nodes.size(), 4u);
  EXPECT_THAT(*std::get<Affine>(graph.nodes[1].op).scale, ElementsAre(5, 7));
  EXPECT_EQ(graph.nodes[1].shape, (Shape{2, 3, 2}));
  EXPECT_EQ(std::get<Softmax>(graph.nodes[3].op).axes, one_axis(0));
  EXPECT_THAT(graph.outputs, ElementsAre(3));
}

TEST(UndoMoves, ReshapesToo) {
  GraphBuilder net({2, 3, 2});
  int x = net.add("flat", Reshape{}, {0}, {12, 1, 1});
  std::vector<float> factors(12);
  for (int i = 0; i < 12; ++i) factors[i] = float(i);
  x = net.add("gain", Affine{floats(factors), nullptr}, {x});
  net.graph.outputs = {net.add("map", Reshape{}, {net.relu("relu", x)}, {2, 3, 2})};
  const Graph graph = undo_moves(net.graph);
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes[1].shape, (Shape{2, 3, 2}));
  EXPECT_THAT(*std::get<Affine>(graph.nodes[1].op).scale,
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ(theoretical_fields(graph)[2].y.size(), 1);
}

TEST(UndoMoves, BranchesThatMeetBeforeTheMoveBack) {
  GraphBuilder net({2, 4, 4});
  const int a = net.add("a", to_last(), {net.conv("ca", 0, {3, 1, 1}, 3)});
  const int b = net.add("b", to_last(), {net.conv("cb", 0, {5, 1, 2}, 2)});
  const int joined = net.concat("joined", {a, b}, 2);
  net.graph.outputs = {net.add("back", to_first(), {joined})};
  const Graph graph = undo_moves(net.graph);
  EXPECT_EQ(graph.nodes[graph.outputs[0]].shape, (Shape{5, 4, 4}));
  EXPECT_EQ(std::get<Concat>(graph.nodes[graph.outputs[0]].op).axis, 0);
  EXPECT_EQ(field_of(theoretical_fields(graph), graph, "joined").y.size(), 5);
}

TEST(UndoMoves, AMoveThatNothingUndoesStays) {
  GraphBuilder net({2, 3, 2});
  const int last = net.add("last", to_last(), {0});
  net.graph.outputs = {net.relu("relu", last)};
  const Graph graph = undo_moves(net.graph);
  EXPECT_EQ(graph.nodes[graph.outputs[0]].shape, (Shape{3, 2, 2}));
  EXPECT_THAT(graph.nodes[graph.outputs[0]].tensors, ElementsAre("relu:0"));
  GraphBuilder dense({2, 3, 2});  // flattened for good
  const int flat = dense.add("flat", Reshape{}, {0}, {12, 1, 1});
  dense.graph.outputs = {dense.add("fc", FullyConnected{4, nullptr, nullptr}, {flat})};
  EXPECT_EQ(undo_moves(dense.graph).nodes.size(), 3u);
}

}  // namespace
}  // namespace rfmap
