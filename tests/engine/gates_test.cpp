#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "checking/engine.h"
#include "engine/window_runs.h"

// Windows behind gates and other operations on the whole map, against full passes.
namespace rfmap {
namespace {

using namespace testing_engines;

bool is_broadcast(const graph::Facts& facts) {
  return std::ranges::any_of(facts.inputs, [](const graph::InputReads& input) {
    return std::holds_alternative<graph::Broadcast>(input.y) ||
           std::holds_alternative<graph::Broadcast>(input.x);
  });
}

TEST(WindowsOfNetworks, HaveGatesAndGlobalOperations) {
  int gates = 0, whole = 0;
  std::set<std::size_t> kinds;  // of operations that are computed as a whole
  for (unsigned seed = 0; seed < 15; ++seed) {
    Draw draw(seed);
    const Graph graph = gated_network(draw);
    EXPECT_TRUE(windowable_nodes(graph).back());
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
      const graph::Facts facts = graph::facts_of(graph, graph.nodes[i]);
      gates += is_broadcast(facts);
      if (is_local(facts)) continue;
      ++whole;
      kinds.insert(graph.nodes[i].op.index());
    }
  }
  EXPECT_GE(gates, 15);
  EXPECT_GE(whole, 20);
  EXPECT_GE(kinds.size(), 3u);
}

class WindowsBehindGates : public testing::TestWithParam<Case> {};

/// All that is not constant.
std::vector<int> targets_behind_gates(Draw& draw, const Graph& graph) {
  const std::vector<bool> windowable = windowable_nodes(graph);
  std::vector<int> targets = random_targets(draw, graph);
  while (!windowable[targets.front()]) targets = random_targets(draw, graph);
  return targets;
}

TEST_P(WindowsBehindGates, AgreeWithFullPassesOfTheReferenceEngine) {
  Draw draw(3000 + GetParam().seed);
  const Graph graph = gated_network(draw);
  const std::vector<int> targets = targets_behind_gates(draw, graph);
  compare(GetParam(), draw, graph, targets, 3e-5f);
}

TEST_P(WindowsBehindGates, AgreeStepByStep) {
  Draw draw(4000 + GetParam().seed);
  const Graph graph = gated_network(draw);
  const std::vector<int> targets = targets_behind_gates(draw, graph);
  SCOPED_TRACE(describe(graph, targets));
  const run::Run run = run_of(graph, targets, random_choices(draw, Response::location));
  const std::vector<Pair> pairs = pairs_of(draw, run);
  const float tolerance = std::max(3e-5f, slack_of(GetParam().engine).network);
  const auto checking =
      make_checking_engine(engine_of(GetParam().engine), engine_of("reference"), tolerance);
  EXPECT_NO_THROW(
      measure(*checking, Strategy::window, run, pairs, random_crop(draw, graph.input())));
}

/// A maximum or sum over a map that changes everywhere has no windows.
TEST(WindowsOfNetworks, BehindGatesAreRefusedForResponsesOverTheMap) {
  Draw draw(1);
  Network net({3, 12, 12});
  net.add(random_conv(draw, 3, 4, {3, 3}));
  add_gate(draw, net);
  const int last = net.last();
  for (const Response response : {Response::max, Response::sum}) {
    run::Run run = run_of(net.graph, {last}, random_choices(draw, response));
    run.machine.strategy = Strategy::window;
    EXPECT_THROW(compile_programs(*engine_of("reference"), run, 4), ConfigError);
    run.machine.strategy = Strategy::automatic;
    EXPECT_TRUE(compile_programs(*engine_of("reference"), run, 4).window_layers.empty());
  }
}

std::vector<Case> cases_of_locations() {
  std::vector<Case> some = cases();
  std::erase_if(some, [](const Case& one) { return one.response != Response::location; });
  return some;
}

INSTANTIATE_TEST_SUITE_P(RandomNetworks, WindowsBehindGates,
                         testing::ValuesIn(cases_of_locations()), case_name);

}  // namespace
}  // namespace rfmap
