#include <cmath>

#include <gtest/gtest.h>

#include "near.h"
#include "network.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

float largest(const std::vector<float>& values) {
  float most = 0;
  for (float v : values) most = std::max(most, std::fabs(v));
  return most;
}

std::vector<int> all_nodes(const Graph& graph) {
  std::vector<int> nodes;
  for (int i = 0; i < int(graph.nodes.size()); ++i) nodes.push_back(i);
  return nodes;
}

/// The paper's network in small: groups, LRN, ceil-mode pooling.
Graph small_alexnet(Draw& draw) {
  Network net({3, 67, 67});
  Conv first = random_conv(draw, 3, 24, {11, 11});
  first.stride = {4, 4};
  net.add(first);
  net.add(relu());
  Pool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  pool.ceil_mode = true;
  net.add(pool);
  net.add(Lrn{5, 1e-1f, 0.75f, 1});
  Conv second = random_conv(draw, 24, 32, {5, 5}, 2);
  second.pad = {2, 2, 2, 2};
  net.add(second);
  net.add(relu());
  net.add(pool);
  return net.graph;
}

TEST(Agreement, SmallAlexNet) {
  Draw draw(1);
  const Graph graph = small_alexnet(draw);
  const std::vector<float> images = draw.values(3 * graph.input().volume());
  for (const std::vector<int>& nodes : {all_nodes(graph), std::vector<int>{7}}) {
    const auto want = maps_of(*engine_of("reference"), graph, nodes, images);
    const auto got = maps_of(*engine_of("cpu"), graph, nodes, images);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_TRUE(all_near(got[i], want[i], 1e-5f * largest(want[i]), 0)) << nodes[i];
  }
}

}  // namespace
