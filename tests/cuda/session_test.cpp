#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "cuda/host_device.h"
#include "engine/constants.h"
#include "engine/engine_on.h"
#include "engine/occluding.h"
#include "near.h"

// Guarantees of the CUDA engine's session other than correct values, which the engine suite tests.
using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::cuda;
using namespace rfmap::testing_engines;

namespace {

std::vector<std::vector<float>> run(const Graph& graph, Precision precision,
                                    const std::vector<float>& images) {
  const auto engine = make_engine_on(std::make_shared<HostDevice>(), precision, "");
  return maps_of(*engine, graph, {int(graph.nodes.size()) - 1}, images);
}

TEST(CudaSession, HalfPrecisionsStayAsCloseAsTheirDigits) {
  Draw draw(1);
  const Graph graph = small_alexnet(draw);
  const std::vector<float> images = draw.values(2 * graph.input().volume());
  const std::vector<float> want = run(graph, Precision::fp32, images)[0];
  const std::vector<float> tf32 = run(graph, Precision::tf32, images)[0];
  EXPECT_TRUE(all_near(tf32, want, 4e-3f * largest(want), 0));
  EXPECT_FALSE(all_near(tf32, want, 1e-6f * largest(want), 0)) << "not multiplied as TF32";
  const std::vector<float> fp16 = run(graph, Precision::fp16, images)[0];
  EXPECT_TRUE(all_near(fp16, want, 4e-3f * largest(want), 0));
  EXPECT_FALSE(all_near(fp16, want, 1e-6f * largest(want), 0)) << "not stored as fp16";
  const std::vector<float> bf16 = run(graph, Precision::bf16, images)[0];
  EXPECT_TRUE(all_near(bf16, want, 3e-2f * largest(want), 0));
  EXPECT_FALSE(all_near(bf16, want, 1e-4f * largest(want), 0)) << "not stored as bf16";
}

/// A run as in the occlusion phase, repeatedly.
class Loop : public testing::Test {
 protected:
  Draw draw_{2};
  Graph graph_ = small_alexnet(draw_);
  int node_ = int(graph_.nodes.size()) - 1;
  std::shared_ptr<HostDevice> device_ = std::make_shared<HostDevice>();
  std::unique_ptr<Engine> engine_ = make_engine_on(device_, Precision::fp32, "");
};

TEST_F(Loop, RecordedRunsRepeatTheFirstAndFollowTheirCall) {
  Occluding run(*engine_, graph_, {node_}, 4, {7, 7});
  run.set_patches(draw_.values(3 * 7 * 7));
  run.load(draw_.values(graph_.input().volume()));
  const std::vector<Read> reads = every_read(graph_.nodes[node_].shape);
  const std::vector<Occluder> here{{{0, 0}, 0, 0}, {{30, 31}, 0, 0}, {}, {{60, -3}, 0, 0}};
  const std::vector<Occluder> there{{}, {{9, 9}, 0, 0}, {{30, 31}, 0, 0}, {}};
  const std::vector<float> first = run.responses(here, reads);
  EXPECT_EQ(device_->recordings(), 0) << "the first run is not recorded";
  const std::vector<float> other = run.responses(there, reads);
  EXPECT_GT(device_->recordings(), 0);
  const int recordings = device_->recordings();
  EXPECT_TRUE(all_near(run.responses(here, reads), first, 0, 0));
  EXPECT_TRUE(all_near(run.responses(there, reads), other, 0, 0));
  EXPECT_FALSE(all_near(other, first, 0, 0));
  EXPECT_EQ(device_->recordings(), recordings) << "recorded once";
  // More reads than before move the tables: older recordings would read freed memory.
  std::vector<Read> more = reads;
  for (int i = 0; i < 5; ++i) more.insert(more.end(), reads.begin(), reads.end());
  const std::vector<float> many = run.responses(here, more);
  EXPECT_TRUE(
      all_near(std::span(many).first(reads.size()), std::span(first).first(reads.size()), 0, 0));
}

TEST_F(Loop, AllocatesNothingOnceItRuns) {
  Occluding run(*engine_, graph_, {node_}, 4, {7, 7});
  run.set_patches(draw_.values(3 * 7 * 7));
  run.load(draw_.values(graph_.input().volume()));
  const std::vector<Read> reads = every_read(graph_.nodes[node_].shape);
  run.responses({{{0, 0}, 0, 0}}, reads);
  const int allocations = device_->allocations();
  for (int i = 0; i < 5; ++i) run.responses({{{i, 2 * i}, 0, 0}}, reads);
  EXPECT_EQ(device_->allocations(), allocations);
}

TEST_F(Loop, RefusesMoreCallsThanItHasMemoryFor) {
  Occluding run(*engine_, graph_, {node_}, 2, {7, 7});
  run.set_patches(draw_.values(3 * 7 * 7));
  run.load(draw_.values(graph_.input().volume()));
  const std::vector<Occluder> call{{}, {{3, 3}, 0, 0}};
  const std::vector<Read> reads{{0, {0, 0}}};
  EXPECT_THROW(run.collect(), EngineError);
  run.submit(call, reads);
  EXPECT_THROW(run.run(call, {reads}), EngineError);
  run.submit(call, reads);
  EXPECT_THROW(run.submit(call, reads), EngineError);
  EXPECT_EQ(run.collect(), run.collect());
}

TEST_F(Loop, GivesAllItsMemoryBack) {
  {
    Occluding run(*engine_, graph_, {node_}, 4, {7, 7});
    run.set_patches(draw_.values(3 * 7 * 7));
    EXPECT_GT(device_->used(), 0u);
  }
  EXPECT_EQ(device_->used(), 0u);
}

TEST(CudaSession, TooLittleMemoryIsAnErrorOfItsOwnThatNamesTheStep) {
  Draw draw(3);
  const Graph graph = small_alexnet(draw);
  HostDeviceOptions options;
  options.memory = 300'000;
  const auto device = std::make_shared<HostDevice>(options);
  const auto engine = make_engine_on(device, Precision::fp32, "");
  EXPECT_THROW(Occluding(*engine, graph, {1}, 64, {7, 7}), OutOfMemory);
  EXPECT_EQ(device->used(), 0u);
  EXPECT_NO_THROW(Occluding(*engine, graph, {1}, 1, {7, 7}));
}

/// Like a library that fails when it runs.
class FailingDevice : public HostDevice {
  class Plan : public LibraryConvolution {
    std::size_t workspace_bytes() const override { return 0; }
    void run(const ConvolutionArguments&) override { throw DeviceFault("cuDNN: execute: no luck"); }
  };
  std::shared_ptr<LibraryConvolution> convolution(const ConvolutionProblem&) override {
    return std::make_shared<Plan>();
  }
};

TEST(CudaSession, ErrorsCarryLayerShapesAndTheLibrarysText) {
  Draw draw(4);
  const Graph graph = small_alexnet(draw);
  const auto engine = make_engine_on(std::make_shared<FailingDevice>(), Precision::fp32, "");
  try {
    maps_of(*engine, graph, {2}, draw.values(2 * graph.input().volume()));
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(graph.nodes[1].name));
    EXPECT_THAT(error.what(), testing::HasSubstr("2 x 3 x 67 x 67 -> 2 x 24 x 15 x 15"));
    EXPECT_THAT(error.what(), testing::HasSubstr("cuDNN: execute: no luck"));
  }
}

TEST(CudaConstants, FiltersLieByCellWithZerosBehind) {
  // Two outputs, two inputs, a kernel of one row and two columns.
  const std::vector<float> weights{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_THAT(filters_by_cell(weights, 2, {1, 2}, 3),
              testing::ElementsAre(1, 3, 0, 2, 4, 0, 5, 7, 0, 6, 8, 0));
}

TEST(CudaConstants, FiltersOfBlocksHoldEveryWeightOnce) {
  // One output, one input, a kernel of three rows and two columns in blocks of two by two.
  EXPECT_THAT(filters_by_block({1, 2, 3, 4, 5, 6}, 1, {3, 2}, {2, 2}),
              testing::ElementsAre(1, 5, 2, 6, 3, 0, 4, 0));
}

TEST(CudaConstants, NumbersAValueLieByCell) {
  EXPECT_THAT(values_by_cell({1, 2, 3, 4}, {2, 1, 2}), testing::ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(values_by_cell({1, 2}, {2, 1, 2}), testing::ElementsAre(1, 2, 1, 2));
}

}  // namespace
