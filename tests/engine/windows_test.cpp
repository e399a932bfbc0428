#include <algorithm>

#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "checking/engine.h"
#include "engine/faulty_engine.h"
#include "engine/window_runs.h"
#include "near.h"

// Windowed passes against the reference engine's full passes, over random networks.
namespace rfmap {
using namespace plan;
using namespace run;
namespace {

using namespace testing_engines;

/// The random networks hold them.
TEST(WindowsOfNetworks, HaveAllKindsOfSteps) {
  int resampled = 0, moved = 0;
  for (unsigned seed = 0; seed < 15; ++seed) {
    Draw draw(seed);
    const Graph graph = windowable_network(draw);
    const std::vector<bool> local = local_nodes(graph);
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
      EXPECT_TRUE(local[i]) << graph.nodes[i].name;
      if (!graph::facts_of(graph, graph.nodes[i]).gather) continue;
      ++(std::holds_alternative<Resample>(graph.nodes[i].op) ? resampled : moved);
    }
  }
  EXPECT_GE(resampled, 5);
  EXPECT_GE(moved, 2);
}

class Windows : public testing::TestWithParam<Case> {};

TEST_P(Windows, AgreeWithFullPassesOfTheReferenceEngine) {
  Draw draw(GetParam().seed);
  const Graph graph = windowable_network(draw);
  const std::vector<int> targets = random_targets(draw, graph);
  compare(GetParam(), draw, graph, targets, 1e-5f);
}

INSTANTIATE_TEST_SUITE_P(RandomNetworks, Windows, testing::ValuesIn(cases()), case_name);

class WindowsStepByStep : public testing::TestWithParam<Case> {
 protected:
  /// Measures by windows with every step checked.
  void check(std::unique_ptr<Engine> engine) {
    Draw draw(2000 + GetParam().seed);
    const Graph graph = windowable_network(draw);
    const Job job = random_choices(draw, GetParam().response);
    const run::Run run = run_of(graph, random_targets(draw, graph), job);
    const std::vector<Pair> pairs = pairs_of(draw, run);
    const float tolerance = std::max(3e-5f, slack_of(GetParam().engine).network);
    const auto checking =
        make_checking_engine(std::move(engine), engine_of("reference"), tolerance);
    measure(*checking, Strategy::window, run, pairs, random_crop(draw, graph.input()));
  }
};

TEST_P(WindowsStepByStep, AgreeWithTheReferenceEngine) {
  EXPECT_NO_THROW(check(engine_of(GetParam().engine)));
}

bool is_windowed(const Program& program, const Step& step) {
  return std::holds_alternative<Compute>(step.kind) && program.values[step.output].window >= 0;
}

/// The originals' maps are right.
TEST_P(WindowsStepByStep, NameTheLayerThatIsWrong) {
  std::string layer;  // the first that is computed in windows
  Fault fault;
  fault.in_program = [&](Program& program) {
    for (Step& step : program.steps) {
      if (!is_windowed(program, step)) continue;
      if (layer.empty()) layer = program.values[step.output].layer;
      if (program.values[step.output].layer == layer) put_wrong_activation(step);
    }
  };
  try {
    check(std::make_unique<FaultyEngine>(engine_of(GetParam().engine), fault));
    EXPECT_EQ(layer, "") << "not found";
  } catch (const EngineError& error) {
    EXPECT_EQ(std::string(error.what()).rfind(layer + " (", 0), 0u) << error.what();
  }
}

std::vector<Case> some_cases() {
  std::vector<Case> some = cases();
  std::erase_if(some,
                [](const Case& one) { return int(one.seed) >= random_networks(one.engine) / 5; });
  return some;
}

INSTANTIATE_TEST_SUITE_P(RandomNetworks, WindowsStepByStep, testing::ValuesIn(some_cases()),
                         case_name);

/// A pair, or some, or nearly all of them: images differ in where they part from shared windows.
ImageJob random_job(Draw& draw, int image, int pairs) {
  ImageJob job{image, {draw.below(pairs)}};
  const int share = draw.below(3) * draw.below(pairs);
  for (int p = 0; p < pairs; ++p)
    if (p != job.pairs.front() && draw.below(pairs) < share) job.pairs.push_back(p);
  std::sort(job.pairs.begin(), job.pairs.end());
  return job;
}

class WindowsOfImages : public testing::TestWithParam<Case> {};

TEST_P(WindowsOfImages, DoNotDependOnTheOthersInTheirBatches) {
  Draw draw(1000 + GetParam().seed);
  const Graph graph = windowable_network(draw);
  Job job = random_choices(draw, GetParam().response);
  job.machine.batch = 32 + draw.below(17);
  job.machine.strategy = Strategy::window;
  const run::Run run = run_of(graph, random_targets(draw, graph), job);
  SCOPED_TRACE(describe(graph, {int(graph.nodes.size()) - 1}));
  std::vector<Pair> pairs;
  for (int i = 0; i < 3; ++i)
    for (const Pair& pair : pairs_of(draw, run)) pairs.push_back(pair);
  const auto engine = engine_of(GetParam().engine);
  Programs programs = compile_programs(*engine, run, run.machine.batch);
  MapMeasurer measurer(run, pairs, programs);
  ASSERT_EQ(measurer.images_at_once(), *run.machine.batch / 16);
  std::vector<ImageJob> jobs;
  std::vector<Crop> crops;
  for (int i = 0; i < measurer.images_at_once(); ++i) {
    jobs.push_back(random_job(draw, i, int(pairs.size())));
    crops.push_back(random_crop(draw, graph.input()));
  }
  const std::vector<MapResult> together = measurer.measure(jobs, crops);
  ASSERT_EQ(together.size(), jobs.size());
  measurer.calibrate(jobs.front());
  for (int i = int(jobs.size()) - 1; i >= 0; --i)
    EXPECT_TRUE(together[i] == measurer.measure(jobs[i], crops[i])) << "image " << i;
}

/// For engines whose batches are filled with windows of several images; the cpu engine's cost
/// follows the cells. Own windows are those of Response::location.
std::vector<Case> cases_of_images() {
  std::vector<Case> some;
  for (const Case& one : cases()) {
    const bool often = one.response == Response::location && random_networks(one.engine) > 5;
    if (one.engine != "cpu" && one.seed < (often ? 6u : 1u)) some.push_back(one);
  }
  return some;
}

INSTANTIATE_TEST_SUITE_P(RandomNetworks, WindowsOfImages, testing::ValuesIn(cases_of_images()),
                         case_name);

class WindowsNotFinite : public testing::TestWithParam<std::string> {};

/// Infinity minus infinity under the occluder alone, before a ReLU and a max pooling.
Graph overflowing_network() {
  Network net({1, 12, 12});
  for (const std::vector<float>& weights : {std::vector<float>{3e38f, -3e38f}, {1, 1}}) {
    Conv conv;
    conv.kernel = {1, 1};
    conv.out_channels = int(weights.size()) / net.shape(net.last()).c;
    conv.weights = numbers(weights);
    net.add(conv);
  }
  net.add(relu());
  Pool pool;
  pool.kernel = {2, 2};
  net.add(pool);
  return net.graph;
}

TEST_P(WindowsNotFinite, IsAnErrorAlsoBehindReluAndPooling) {
  const Graph graph = overflowing_network();
  Job job;
  job.method.occluder = {3, 3};
  run::Run run = run_of(graph, {int(graph.nodes.size()) - 1}, job);
  run.preprocessing.scale = 1;
  const Crop grey{graph.input(), std::vector<std::uint8_t>(graph.input().volume(), 128)};
  EXPECT_THROW(measure(*engine_of(GetParam()), Strategy::window, run,
                       {{0, Ranking::top, 0, 0, {0, 1, {5, 5}}}}, grey),
               EngineError);
}

/// Two groups of many channels before a normalisation, behind a crop and behind full maps.
Graph grouped_network(Draw& draw) {
  Network net({3, 27, 27});
  Conv first = random_conv(draw, 3, 32, {5, 5});
  first.stride = {2, 2};
  net.add(first);
  net.add(relu());
  Conv groups = random_conv(draw, 32, 48, {3, 3}, 2);
  groups.pad = {1, 1, 1, 1};
  net.add(groups);
  net.add(relu());
  net.add(Lrn{5, 1e-1f, 0.75f, 1});
  Pool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  net.add(pool);
  net.add(random_conv(draw, 48, 8, {3, 3}));
  return net.graph;
}

class WindowsOfGroups : public testing::TestWithParam<std::string> {};

TEST_P(WindowsOfGroups, AgreeWithFullPassesOfTheReferenceEngine) {
  Draw draw(17);
  const Graph graph = grouped_network(draw);
  const int last = int(graph.nodes.size()) - 1;
  compare({0, GetParam()}, draw, graph, {last - 2, last}, 1e-5f);  // also the normalisation
}

TEST_P(WindowsOfGroups, AgreeInFullPasses) {
  Draw draw(18);
  const Graph graph = grouped_network(draw);
  const std::vector<float> images = draw.values(3 * graph.input().volume());
  const std::vector<int> last{int(graph.nodes.size()) - 1};
  const auto want = maps_of(*engine_of("reference"), graph, last, images);
  const auto got = maps_of(*engine_of(GetParam()), graph, last, images);
  EXPECT_TRUE(all_near(got[0], want[0], 1e-5f * largest(want[0]), 0));
}

INSTANTIATE_TEST_SUITE_P(Engines, WindowsOfGroups, testing::ValuesIn(engines_under_test()));

INSTANTIATE_TEST_SUITE_P(Engines, WindowsNotFinite, testing::ValuesIn(engines_under_test()));

}  // namespace
}  // namespace rfmap
