#include <set>

#include <gtest/gtest.h>

#include "checking/engine.h"
#include "random_network.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

constexpr int kNetworks = 200;
/// Some of the others have values outside of fp16's range.
constexpr int kNetworksInLowerPrecision = 40;

/// Reduced sums differ by a few units in the last place; over about twelve layers the differences
/// add up.
constexpr float kTolerance = 3e-5f;

enum class Engines { all, of_fp32 };

void expect_agreement(const Graph& graph, const std::vector<int>& nodes,
                      const std::vector<float>& images, Engines engines = Engines::all) {
  for (const std::string& name : engines_under_test()) {
    if (name == "reference") continue;
    if (engines == Engines::of_fp32 && slack_of(name).network > 0) continue;
    SCOPED_TRACE(name);
    const float tolerance = std::max(kTolerance, slack_of(name).network);
    const auto checking = make_checking_engine(engine_of(name), engine_of("reference"), tolerance);
    EXPECT_NO_THROW(EXPECT_EQ(maps_of(*checking, graph, nodes, images).size(), nodes.size()));
  }
}

TEST(Agreement, SmallAlexNetWithAndWithoutInnerValues) {
  Draw draw(1);
  const Graph graph = small_alexnet(draw);
  const std::vector<float> images = draw.values(3 * graph.input().volume());
  expect_agreement(graph, all_nodes(graph), images);
  expect_agreement(graph, {int(graph.nodes.size()) - 1}, images);
}

TEST(Agreement, WideNetworkWithAFusedResidual) {
  Draw draw(2);
  const Graph graph = wide_network(draw);
  const std::vector<float> images = draw.values(2 * graph.input().volume());
  expect_agreement(graph, all_nodes(graph), images);
  expect_agreement(graph, {int(graph.nodes.size()) - 1}, images);
  // The residual is also read by the host: the sum must not overwrite it in place.
  expect_agreement(graph, {3, 8, 11}, images);
}

TEST(Agreement, RandomNetworks) {
  std::set<std::size_t> operations;
  for (unsigned seed = 0; seed < kNetworks; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = random_network(seed);
    for (const Node& node : graph.nodes) operations.insert(node.op.index());
    Draw draw(seed + 1000);
    const std::vector<float> images = draw.values(2 * graph.input().volume());
    const Engines engines = seed < kNetworksInLowerPrecision ? Engines::all : Engines::of_fp32;
    expect_agreement(graph, all_nodes(graph), images, engines);
    expect_agreement(graph, {int(graph.nodes.size()) - 1}, images, engines);
    if (HasFailure()) return;
  }
  EXPECT_EQ(operations.size(), std::variant_size_v<Operation> + 1) << "and the input";
}

}  // namespace
