#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "checking/engine.h"
#include "engine/faulty_engine.h"
#include "engine/windowable_network.h"
#include "run/measure.h"

// Windowed passes against the reference engine's full passes, over random networks.
namespace rfmap {
using namespace plan;
using namespace run;
namespace {

using namespace testing_engines;

struct Case {
  unsigned seed = 0;
  std::string engine;
  Response response = Response::location;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.engine << ", seed " << c.seed; }

/// Targets: the last node and one on the way.
std::vector<int> random_targets(Draw& draw, const Graph& graph) {
  const int last = int(graph.nodes.size()) - 1;
  std::vector<int> nodes{1 + draw.below(last)};
  if (nodes[0] != last) nodes.push_back(last);
  return nodes;
}

/// The random networks hold them.
TEST(WindowsOfNetworks, HaveAllKindsOfSteps) {
  int resampled = 0, moved = 0;
  for (unsigned seed = 0; seed < 15; ++seed) {
    Draw draw(seed);
    const Graph graph = windowable_network(draw);
    const std::vector<bool> local = local_nodes(graph);
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
      EXPECT_TRUE(local[i]) << graph.nodes[i].name;
      if (!facts_of(graph, graph.nodes[i]).gather) continue;
      ++(std::holds_alternative<Resample>(graph.nodes[i].op) ? resampled : moved);
    }
  }
  EXPECT_GE(resampled, 5);
  EXPECT_GE(moved, 2);
}

bool is_broadcast(const Facts& facts) {
  return std::ranges::any_of(facts.inputs, [](const InputReads& input) {
    return std::holds_alternative<Broadcast>(input.y) || std::holds_alternative<Broadcast>(input.x);
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
      const Facts facts = facts_of(graph, graph.nodes[i]);
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

/// A run around a graph, without files.
Run run_of(const Graph& graph, const std::vector<int>& nodes, const Job& job) {
  Run run{job};
  const Method& method = job.method;
  run.model.graph = graph;
  run.preprocessing.scale = 1.0 / 128;
  run.preprocessing.mean = {128};
  run.preprocessing.crop = {graph.input().h, graph.input().w};
  run.grid = make_grid(run.preprocessing.crop, method.occluder, method.stride,
                       method.overhang ? Overhang::yes : Overhang::no);
  const std::vector<Field> fields = theoretical_fields(graph);
  for (int node : nodes) {
    MeasuredLayer layer;
    layer.name = graph.nodes[node].name;
    layer.node = node;
    layer.shape = graph.nodes[node].shape;
    layer.field = fields[node];
    for (int c = 0; c < layer.shape.c; ++c) layer.units.push_back(c);
    run.layers.push_back(layer);
  }
  return run;
}

/// Corners, edges, the middle and a random place of every layer, a random channel each.
std::vector<Pair> pairs_of(Draw& draw, const Run& run) {
  std::vector<Pair> pairs;
  for (int l = 0; l < int(run.layers.size()); ++l) {
    const Shape& map = run.layers[l].shape;
    const std::vector<Point> places{{0, 0},
                                    {0, map.w - 1},
                                    {map.h - 1, map.w / 2},
                                    {map.h / 2, map.w / 2},
                                    {draw.below(map.h), draw.below(map.w)}};
    for (int i = 0; i < int(places.size()); ++i)
      pairs.push_back({l, Ranking::top, draw.below(map.c), i, {0, 1, places[i]}});
  }
  return pairs;
}

Job random_choices(Draw& draw, Response response) {
  Job job;
  job.method.occluder = {2 + draw.below(6), 2 + draw.below(6)};
  job.method.stride = {1 + draw.below(4), 1 + draw.below(4)};
  job.method.overhang = draw.coin();
  job.method.response = response;
  job.machine.batch = 5;
  return job;
}

MapResult measure(Engine& engine, Strategy strategy, Run run, const std::vector<Pair>& pairs,
                  const Crop& crop) {
  run.machine.strategy = strategy;
  Programs programs = compile_programs(engine, run, run.machine.batch);
  MapMeasurer measurer(run, pairs, programs);
  ImageJob job{0, {}};
  for (int i = 0; i < int(pairs.size()); ++i) job.pairs.push_back(i);
  return measurer.measure(job, crop);
}

Crop random_crop(Draw& draw, const Shape& shape) {
  Crop crop{shape, std::vector<std::uint8_t>(shape.volume())};
  for (auto& p : crop.pixels) p = std::uint8_t(draw.below(256));
  return crop;
}

/// Largest activation of each layer, or the largest sum of absolute ones over a channel.
std::vector<float> scales_of(const Run& run, const Crop& crop, bool sums) {
  std::vector<float> image(crop.shape.volume());
  normalize(run.preprocessing, crop.pixels, crop.shape, image);
  std::vector<int> nodes;
  for (const auto& layer : run.layers) nodes.push_back(layer.node);
  const auto engine = engine_of("reference");
  const auto maps = maps_of(*engine, run.model.graph, nodes, image);
  std::vector<float> scales;
  for (std::size_t l = 0; l < maps.size(); ++l) {
    float scale = sums ? 0 : largest(maps[l]);
    const std::size_t area = run.layers[l].shape.area();
    for (std::size_t c = 0; sums && c < maps[l].size(); c += area) {
      float sum = 0;
      for (std::size_t i = c; i < c + area; ++i) sum += std::fabs(maps[l][i]);
      scale = std::max(scale, sum);
    }
    scales.push_back(scale);
  }
  return scales;
}

/// The network, one line per node, for failure messages.
std::string describe(const Graph& graph, const std::vector<int>& targets) {
  std::ostringstream text;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    text << i << " " << kind_name(node.op) << " of";
    for (int input : node.inputs) text << " " << input;
    text << ", " << node.shape.c << " x " << node.shape.h << " x " << node.shape.w;
    if (const auto* c = std::get_if<Conv>(&node.op))
      text << ", kernel " << c->kernel.h << " x " << c->kernel.w << ", stride " << c->stride.h
           << " x " << c->stride.w << ", " << c->groups << " groups";
    text << "\n";
  }
  text << "targets " << targets.front() << " and " << targets.back();
  return text.str();
}

/// Windows of one engine against the reference engine's full passes; `tolerance` relative to the
/// layers' scales.
void compare(const Case& one, Draw& draw, const Graph& graph, const std::vector<int>& targets,
             float relative) {
  const Job job = random_choices(draw, one.response);
  const run::Run run = run_of(graph, targets, job);
  SCOPED_TRACE(describe(graph, targets));
  const std::vector<Pair> pairs = pairs_of(draw, run);
  const Crop crop = random_crop(draw, graph.input());
  const MapResult want = measure(*engine_of("reference"), Strategy::full, run, pairs, crop);
  const MapResult got = measure(*engine_of(one.engine), Strategy::window, run, pairs, crop);
  const std::vector<float> scales = scales_of(run, crop, run.method.response == Response::sum);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const float tolerance = relative * scales[pairs[p].layer];
    EXPECT_LE(got[p].null_spread, tolerance);
    ASSERT_EQ(got[p].change.size(), want[p].change.size());
    for (std::size_t i = 0; i < want[p].change.size(); ++i)
      ASSERT_NEAR(got[p].change[i], want[p].change[i], tolerance)
          << run.layers[pairs[p].layer].name << ", pair " << p << ", position " << i;
  }
}

class Windows : public testing::TestWithParam<Case> {};

TEST_P(Windows, AgreeWithFullPassesOfTheReferenceEngine) {
  Draw draw(GetParam().seed);
  const Graph graph = windowable_network(draw);
  const std::vector<int> targets = random_targets(draw, graph);
  compare(GetParam(), draw, graph, targets, 1e-5f);
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const std::string& engine : engines_under_test())
    for (Response response : {Response::location, Response::max, Response::sum})
      for (int seed = 0; seed < random_networks(engine); ++seed)
        cases.push_back({unsigned(seed), engine, response});
  return cases;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  constexpr const char* kResponses[] = {"location", "max", "sum"};
  std::string engine = info.param.engine;
  std::replace(engine.begin(), engine.end(), '-', '_');
  return engine + "_" + kResponses[int(info.param.response)] + "_" +
         std::to_string(info.param.seed);
}

INSTANTIATE_TEST_SUITE_P(RandomNetworks, Windows, testing::ValuesIn(cases()), name_of);

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
  const auto checking =
      make_checking_engine(engine_of(GetParam().engine), engine_of("reference"), 3e-5f);
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
                         testing::ValuesIn(cases_of_locations()), name_of);

class WindowsStepByStep : public testing::TestWithParam<Case> {
 protected:
  /// Measures by windows with every step checked.
  void check(std::unique_ptr<Engine> engine) {
    Draw draw(2000 + GetParam().seed);
    const Graph graph = windowable_network(draw);
    const Job job = random_choices(draw, GetParam().response);
    const run::Run run = run_of(graph, random_targets(draw, graph), job);
    const std::vector<Pair> pairs = pairs_of(draw, run);
    const auto checking = make_checking_engine(std::move(engine), engine_of("reference"), 3e-5f);
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
                         name_of);

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
                         name_of);

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

INSTANTIATE_TEST_SUITE_P(Engines, WindowsNotFinite, testing::ValuesIn(engines_under_test()));

}  // namespace
}  // namespace rfmap
