#pragma once

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/windowable_network.h"
#include "run/measure.h"

/// Runs around random networks, by windows and by full passes.
namespace rfmap::testing_engines {
using namespace plan;
using namespace run;

struct Case {
  unsigned seed = 0;
  std::string engine;
  Response response = Response::location;
};

inline void PrintTo(const Case& c, std::ostream* out) { *out << c.engine << ", seed " << c.seed; }

/// Targets: the last node and one on the way.
inline std::vector<int> random_targets(Draw& draw, const Graph& graph) {
  const int last = int(graph.nodes.size()) - 1;
  std::vector<int> nodes{1 + draw.below(last)};
  if (nodes[0] != last) nodes.push_back(last);
  return nodes;
}

/// A run around a graph, without files.
inline Run run_of(const Graph& graph, const std::vector<int>& nodes, const Job& job) {
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
inline std::vector<Pair> pairs_of(Draw& draw, const Run& run) {
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

inline Job random_choices(Draw& draw, Response response) {
  Job job;
  job.method.occluder = {2 + draw.below(6), 2 + draw.below(6)};
  job.method.stride = {1 + draw.below(4), 1 + draw.below(4)};
  job.method.overhang = draw.coin();
  job.method.response = response;
  job.machine.batch = 5;
  return job;
}

inline MapResult measure(Engine& engine, Strategy strategy, Run run, const std::vector<Pair>& pairs,
                         const Crop& crop) {
  run.machine.strategy = strategy;
  Programs programs = compile_programs(engine, run, run.machine.batch);
  MapMeasurer measurer(run, pairs, programs);
  ImageJob job{0, {}};
  for (int i = 0; i < int(pairs.size()); ++i) job.pairs.push_back(i);
  return measurer.measure(job, crop);
}

inline Crop random_crop(Draw& draw, const Shape& shape) {
  Crop crop{shape, std::vector<std::uint8_t>(shape.volume())};
  for (auto& p : crop.pixels) p = std::uint8_t(draw.below(256));
  return crop;
}

/// Largest activation of each layer, or the largest sum of absolute ones over a channel.
inline std::vector<float> scales_of(const Run& run, const Crop& crop, bool sums) {
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
inline std::string describe(const Graph& graph, const std::vector<int>& targets) {
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

/// Windows of one engine against the reference engine's full passes; differences are `relative` to
/// the layers' scales.
inline void compare(const Case& one, Draw& draw, const Graph& graph,
                    const std::vector<int>& targets, float relative) {
  relative = std::max(relative, slack_of(one.engine).network);
  const Job job = random_choices(draw, one.response);
  const run::Run run = run_of(graph, targets, job);
  SCOPED_TRACE(describe(graph, targets));
  const std::vector<Pair> pairs = pairs_of(draw, run);
  const Crop crop = random_crop(draw, graph.input());
  const MapResult want = measure(*engine_of("reference"), Strategy::full, run, pairs, crop);
  const MapResult got = measure(*engine_of(one.engine), Strategy::window, run, pairs, crop);
  const std::vector<float> scales = scales_of(run, crop, run.method.response == Response::sum);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    // Inputs of functions such as the logarithm are of order 1 where its values are small.
    const float least = std::max(0.05f, largest(want[p].change));
    const float tolerance = relative * std::max(scales[pairs[p].layer], least);
    EXPECT_LE(got[p].null_spread, tolerance);
    ASSERT_EQ(got[p].change.size(), want[p].change.size());
    for (std::size_t i = 0; i < want[p].change.size(); ++i)
      ASSERT_NEAR(got[p].change[i], want[p].change[i], tolerance)
          << run.layers[pairs[p].layer].name << ", pair " << p << ", position " << i;
  }
}

inline std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const std::string& engine : engines_under_test())
    for (Response response : {Response::location, Response::max, Response::sum})
      for (int seed = 0; seed < random_networks(engine); ++seed)
        cases.push_back({unsigned(seed), engine, response});
  return cases;
}

inline std::string case_name(const testing::TestParamInfo<Case>& info) {
  constexpr const char* kResponses[] = {"location", "max", "sum"};
  std::string engine = info.param.engine;
  std::replace(engine.begin(), engine.end(), '-', '_');
  return engine + "_" + kResponses[int(info.param.response)] + "_" +
         std::to_string(info.param.seed);
}

}  // namespace rfmap::testing_engines
