// Costs of a run around a small network like AlexNet's first layers, against numbers by hand.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "graph_builder.h"
#include "results/file_size.h"
#include "run/calibrate.h"
#include "run/count_costs.h"

namespace rfmap {
using namespace run;
namespace {

constexpr double kMacs1 = 12 * 12 * 8 * (3 * 5 * 5);     // conv1
constexpr double kMacs2 = 6 * 6 * 16 * (8 / 2 * 3 * 3);  // conv2, two groups
constexpr double kPass = kMacs1 + kMacs2;
constexpr int kUnits = 8 + 16, kPositions = 5 * 5;

Graph small_network() {
  test::GraphBuilder b({3, 27, 27});
  const int conv1 = b.conv("conv1", 0, {5, 2}, 8);
  const int pool1 = b.pool("pool1", b.relu("relu1", conv1), {2, 2});
  b.conv("conv2", pool1, {3, 1, 1}, 16, 2);
  return b.graph;
}

Run small_run(int images, int top_k, Response response, Strategy strategy) {
  Job job;
  job.method.top_k = top_k;
  job.method.response = response;
  job.machine.strategy = strategy;
  Run run{job};
  run.model.graph = small_network();
  run.preprocessing.crop = {27, 27};
  run.grid = make_grid({27, 27}, {11, 11}, {4, 4});
  const std::vector<Field> fields = theoretical_fields(run.model.graph);
  for (int node : {1, 4}) {
    MeasuredLayer layer;
    layer.name = run.model.graph.nodes[node].name;
    layer.node = node;
    layer.shape = run.model.graph.nodes[node].shape;
    layer.map = {layer.shape.h, layer.shape.w};
    layer.field = fields[node];
    layer.top_k = top_k;
    layer.canvas = make_canvas(layer.field, run.grid, run.method.rules);
    for (int c = 0; c < layer.shape.c; ++c) layer.units.push_back(c);
    run.layers.push_back(layer);
  }
  for (int i = 0; i < images; ++i) run.images.push_back({"/images/" + std::to_string(i), ""});
  for (int i = 0; i < images; ++i) run.clusters.push_back(kNone);
  return run;
}

RunCosts costs_of(const Run& run) { return count_costs(run, choose_ways(run), {16, 1u << 30}); }

TEST(Costs, OfFullPassesAreThoseByHand) {
  const RunCosts c = costs_of(small_run(10, 4, Response::max, Strategy::full));
  EXPECT_EQ(c.images, 10);
  EXPECT_EQ(c.units, kUnits);
  EXPECT_EQ(c.pairs, kUnits * 4);
  EXPECT_EQ(c.positions, kPositions);
  EXPECT_EQ(c.scan_macs, 10 * kPass);
  EXPECT_EQ(c.measured.least, 4);
  EXPECT_NEAR(c.measured.expected, 10 * (1 - std::pow(0.6, kUnits)), 1e-9);
  EXPECT_EQ(c.measured.most, 10);
  EXPECT_EQ(c.full_copies.least, 4 * kPositions);
  EXPECT_NEAR(c.full_copies.expected, c.measured.expected * kPositions, 1e-9);
  EXPECT_NEAR(c.full_copies.most, 10 * kPositions, 1e-9);
  EXPECT_NEAR(c.full_macs.most, 10 * kPositions * kPass, 1);
  EXPECT_NEAR(c.macs_without_windows, c.full_macs.expected, 1);
  EXPECT_EQ(c.window_copies.most, 0);
  EXPECT_EQ(c.window_macs.most, 0);
}

TEST(Costs, OfLayersTellHowTheyAreMeasured) {
  const RunCosts full = costs_of(small_run(10, 4, Response::location, Strategy::full));
  const RunCosts windows = costs_of(small_run(10, 4, Response::location, Strategy::window));
  ASSERT_EQ(full.layers.size(), 2u);
  for (const RunCosts* c : {&full, &windows}) {
    EXPECT_EQ(c->layers[0].name, "conv1");
    EXPECT_EQ(c->layers[0].units, 8);
    EXPECT_EQ(c->layers[0].pairs, 8 * 4);
    EXPECT_EQ(c->layers[1].pairs, 16 * 4);
  }
  EXPECT_FALSE(full.layers[0].windows);
  EXPECT_TRUE(windows.layers[0].windows);
  EXPECT_EQ(windows.full_copies.most, 0);
  EXPECT_GT(windows.window_macs.least, 0);
  EXPECT_LE(windows.window_copies.most, 10 * kPositions + 1e-9);
}

TEST(Costs, OfFewImagesDoNotDependOnChoices) {
  const RunCosts c = costs_of(small_run(3, 25, Response::max, Strategy::window));
  EXPECT_EQ(c.pairs, kUnits * 3);
  EXPECT_EQ(c.measured.least, 3);
  EXPECT_EQ(c.measured.expected, 3);
  EXPECT_EQ(c.measured.most, 3);
  EXPECT_NEAR(c.window_copies.least, 3 * kPositions, 1e-9);
  EXPECT_NEAR(c.window_macs.least, c.window_macs.expected, 1);
  EXPECT_NEAR(c.window_macs.most, c.window_macs.expected, 1);
}

TEST(Costs, OfMemoryCountWeightsAndBatches) {
  auto run = small_run(10, 4, Response::location, Strategy::full);
  const auto weights = [](std::size_t n) {
    return std::make_shared<const std::vector<float>>(n, 1.f);
  };
  std::get<Conv>(run.model.graph.nodes[1].op).weights = weights(8 * 75);
  std::get<Conv>(run.model.graph.nodes[4].op).weights = weights(16 * 36);
  const MemoryCosts memory = costs_of(run).memory;
  EXPECT_EQ(memory.weights, (8 * 75 + 16 * 36) * 4);
  EXPECT_EQ(memory.batch, 16);
  ASSERT_EQ(memory.batches.size(), 4u);  // 16, 8, 4, 2
  EXPECT_EQ(memory.values, memory.batches[0].second);
  EXPECT_GE(memory.values, 16 * (3 * 27 * 27 + 8 * 12 * 12) * 4);
  run.machine.memory = std::size_t(memory.batches[1].second);
  EXPECT_EQ(costs_of(run).memory.batch, 8);
}

TEST(Costs, OfDiskCountDeclaredDatasets) {
  EXPECT_EQ(results::part_bytes(2, 10), 2 * (10 * 4 + 12 + 8 + 8 + 4 + 4));
  EXPECT_EQ(results::scan_part_bytes(1, 0), 4 + 4 + 1);
  EXPECT_EQ(results::scan_part_bytes(0, 1), 4 + 4 + 2 * 4 + 2 * 4 + 4);
  auto run = small_run(600, 4, Response::location, Strategy::full);
  const DiskCosts plain = costs_of(run).disk;
  run.method.keep_maps = true;
  EXPECT_EQ(costs_of(run).disk.results - plain.results, kUnits * 4 * kPositions * 4);
  EXPECT_EQ(plain.parts, 600 * 9 + 2 * kUnits * 4 * 28 + kUnits * 4 * (kPositions * 4 + 36));
  run.method.with_gradient = true;
  EXPECT_EQ(costs_of(run).disk.parts - plain.parts, kUnits * 4 * (27 * 27 * 4 + 36));
}

TEST(Choices, OfManyImagesDrawOnePairAnImage) {
  const auto run = small_run(1'000'000, 4, Response::location, Strategy::full);
  EXPECT_EQ(distinct_images(run, Choices::together), 4);
  EXPECT_NEAR(distinct_images(run, Choices::independent), kUnits * 4, 0.1);
  EXPECT_EQ(distinct_images(run, Choices::apart), kUnits * 4);
  for (const ImageJob& job : draw_jobs(run, Choices::apart).jobs) EXPECT_EQ(job.pairs.size(), 1u);
  for (const ImageJob& job : draw_jobs(run, Choices::together).jobs)
    EXPECT_EQ(job.pairs.size(), std::size_t(kUnits));
}

TEST(Choices, StandForAllPairs) {
  for (const int images : {5, 20, 50, 90}) {
    const auto run = small_run(images, 4, Response::location, Strategy::full);
    for (const Choices choices : {Choices::together, Choices::independent, Choices::apart}) {
      const DrawnJobs drawn = draw_jobs(run, choices, 1000);
      EXPECT_NEAR(double(drawn.pairs.size()) * drawn.share(), most_pairs(run),
                  0.08 * most_pairs(run))
          << images << " images";
      for (const Pair& pair : drawn.pairs) {
        const Shape& map = run.layers[std::size_t(pair.layer)].shape;
        ASSERT_TRUE(pair.peak.location.y < map.h && pair.peak.location.x < map.w);
      }
    }
  }
}

TEST(Work, OfFullPassesFillsTheLastCallOfAnImage) {
  EXPECT_EQ(filled_copies(100, 64), 2 * 63);
  EXPECT_EQ(filled_copies(126, 64), 2 * 63);
  EXPECT_EQ(filled_copies(127, 64), 3 * 63);
  EXPECT_EQ(filled_copies(0, 64), 0);
  EXPECT_EQ(filled_copies(100, 0), 100);
  const auto run = small_run(10, 4, Response::max, Strategy::full);
  LayerWays ways = choose_ways(run);
  ways.batch = 16;
  const RunCosts c = count_costs(run, ways, {16, 1u << 30});
  const double calls = std::ceil(double(kPositions) / 15);
  EXPECT_NEAR(c.full_call_macs.most, 10 * calls * 15 * ways.macs_per_pass, 1);
  EXPECT_NEAR(c.full_macs.most, 10.0 * kPositions * ways.macs_per_pass, 1);
}

TEST(ExpectedTime, FollowsFromRates) {
  RunCosts costs;
  costs.images = 100;
  costs.measured = {10, 20, 30};
  costs.full_call_macs = {1e9, 2e9, 3e9};
  costs.units = 50;
  costs.pairs = 200;
  Rates rates;
  rates.read = 0.01;
  rates.forward = 0.02;
  rates.full = 1e-9;
  rates.average = 0.1;
  const TimeCosts time = expected_time(costs, rates);
  EXPECT_NEAR(time.scan.expected, 3, 1e-9);
  EXPECT_NEAR(time.occlusion.expected, 2 + 20 * 0.01, 1e-9);
  EXPECT_LT(time.occlusion.least, 1 + 10 * 0.01);
  EXPECT_GT(time.occlusion.most, 3 + 30 * 0.01);
  EXPECT_EQ(time.gradient.most, 0);
  EXPECT_NEAR(time.all().expected, 3 + 2.2 + 5, 1e-9);
  rates.reads_while_computing = true;
  EXPECT_NEAR(expected_time(costs, rates).scan.expected, 2, 1e-9);
  rates.gradient_image = 0.1;
  rates.gradient_pair = 0.5;
  EXPECT_NEAR(expected_time(costs, rates).gradient.expected, 20 * 0.11 + 100, 1e-9);
}

}  // namespace
}  // namespace rfmap
