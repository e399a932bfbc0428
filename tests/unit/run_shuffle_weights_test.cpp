#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "run/run.h"

namespace rfmap {
using namespace run;
namespace {

using Values = std::vector<float>;

Floats numbers(std::size_t count) {
  Values values(count);
  std::iota(values.begin(), values.end(), 1.f);
  return std::make_shared<const Values>(values);
}

/// Two convolutions that share their weights, another one with the same numbers, and a fully
/// connected node.
Graph network() {
  Conv shared;
  shared.weights = numbers(144);
  shared.bias = numbers(4);
  Conv own = shared;
  own.weights = numbers(144);
  FullyConnected dense;
  dense.weights = numbers(20);
  Graph graph;
  const auto add = [&](const char* name, NodeOperation op) {
    Node node;
    node.name = name;
    node.op = std::move(op);
    graph.nodes.push_back(std::move(node));
  };
  add("data", Input{});
  add("a", shared);
  add("b", shared);
  add("c", own);
  add("fc", dense);
  return graph;
}

const Values& weights(const Graph& graph, int node) {
  const NodeOperation& op = graph.nodes[node].op;
  if (const auto* conv = std::get_if<Conv>(&op)) return *conv->weights;
  return *std::get<FullyConnected>(op).weights;
}

Graph shuffled(std::uint64_t seed) {
  Graph graph = network();
  shuffle_weights(graph, seed);
  return graph;
}

TEST(ShuffleWeights, EachLayerKeepsItsNumbersInAnotherOrder) {
  const Graph before = network(), after = shuffled(0);
  for (int node = 1; node < 5; ++node) {
    Values sorted = weights(after, node);
    EXPECT_NE(sorted, weights(before, node));
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, weights(before, node));
  }
  EXPECT_EQ(*std::get<Conv>(after.nodes[1].op).bias, *std::get<Conv>(before.nodes[1].op).bias);
}

TEST(ShuffleWeights, DependsOnSeedAndNameAndKeepsSharedWeightsShared) {
  const Graph graph = shuffled(7);
  EXPECT_EQ(weights(graph, 1), weights(shuffled(7), 1));
  EXPECT_NE(weights(graph, 1), weights(shuffled(8), 1));
  EXPECT_NE(weights(graph, 1), weights(graph, 3));
  EXPECT_EQ(std::get<Conv>(graph.nodes[1].op).weights, std::get<Conv>(graph.nodes[2].op).weights);
}

/// The first value's new position is uniform: chi-squared over 5 positions and 2000 seeds, 4
/// degrees of freedom, 99.9 %.
TEST(ShuffleWeights, EveryPlaceIsAsLikely) {
  std::vector<int> count(5);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Graph graph = network();
    std::get<FullyConnected>(graph.nodes[4].op).weights = numbers(5);
    shuffle_weights(graph, seed);
    const Values& v = weights(graph, 4);
    ++count[std::find(v.begin(), v.end(), 1.f) - v.begin()];
  }
  double chi = 0;
  for (int c : count) chi += (c - 400.0) * (c - 400.0) / 400;
  EXPECT_LT(chi, 18.47);
}

}  // namespace
}  // namespace rfmap
