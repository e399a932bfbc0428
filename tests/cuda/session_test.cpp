#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/log.h"

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

/// Images are stored with channels of zeros, which a convolution reads.
TEST(CudaSession, AConvolutionBehindAnActivationOfTheImageReadsNothingThatNobodyWrote) {
  Draw draw(5);
  Network net({3, 9, 9});
  const int first = net.add(Activation{Activation::Kind::softplus});
  net.add(Activation{Activation::Kind::sigmoid}, {0});
  net.add(random_conv(draw, 3, 8, {3, 3}), {first});
  const std::vector<float> image = draw.values(net.graph.input().volume());
  // The image is read again, so the activation has memory of its own.
  const auto maps = [&](Precision precision) {
    const auto engine = make_engine_on(std::make_shared<HostDevice>(), precision, "");
    return maps_of(*engine, net.graph, all_nodes(net.graph), image)[3];
  };
  const std::vector<float> want = maps(Precision::fp32);
  EXPECT_TRUE(all_near(maps(Precision::tf32), want, 4e-3f * largest(want), 0));
  EXPECT_TRUE(all_near(maps(Precision::bf16), want, 3e-2f * largest(want), 0));
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
  FoundPlan convolution(const ConvolutionProblem&) override {
    return {std::make_shared<Plan>(), ""};
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

/// Notes ranges, and refuses to record where it is told to.
class NotingDevice : public HostDevice {
 public:
  explicit NotingDevice(bool records) : records_(records) {}
  Recorded record(const std::function<void()>& work) override {
    if (!records_) return {nullptr, "operation not permitted"};
    return HostDevice::record(work);
  }
  void begin_range(const std::string& what) override {
    if (open_++ == 0) ranges_.push_back(what);
  }
  void end_range() noexcept override { --open_; }
  std::vector<std::string> take_ranges() {
    EXPECT_EQ(open_, 0);
    return std::exchange(ranges_, {});
  }

 private:
  bool records_;
  int open_ = 0;
  std::vector<std::string> ranges_;
};

/// Three runs of the same call, and the lines that were told meanwhile.
class Noting : public Loop {
 protected:
  void SetUp() override {
    log::set_sink([this](log::Level level, const std::string& text) {
      if (level == log::Level::warning) told_ += text + "\n";
    });
  }
  void TearDown() override { log::set_sink({}); }
  std::vector<std::vector<std::string>> ranges_of_runs(
      const std::shared_ptr<NotingDevice>& device) {
    engine_ = make_engine_on(device, Precision::fp32, "");
    Occluding run(*engine_, graph_, {node_}, 2, {7, 7});
    run.set_patches(draw_.values(3 * 7 * 7));
    run.load(draw_.values(graph_.input().volume()));
    device->take_ranges();
    std::vector<std::vector<std::string>> ranges;
    for (int i = 0; i < 3; ++i) {
      run.responses({{}, {{3, 3}, 0, 0}}, {{0, {0, 0}}});
      ranges.push_back(device->take_ranges());
    }
    return ranges;
  }
  std::string told_;
};

TEST_F(Noting, RangesNameLayersThenRecordedStretches) {
  const auto ranges = ranges_of_runs(std::make_shared<NotingDevice>(true));
  const std::string conv = graph_.nodes[1].name;
  EXPECT_THAT(ranges[0], testing::Contains(testing::HasSubstr(conv)));
  EXPECT_GT(ranges[0].size(), 4u);
  ASSERT_FALSE(ranges[2].empty());
  EXPECT_THAT(ranges[2].front(), testing::StartsWith("program \""));
  EXPECT_THAT(ranges[2].front(), testing::HasSubstr(" to "));
  EXPECT_LT(ranges[2].size(), ranges[0].size());
  EXPECT_EQ(told_, "");
  EXPECT_THAT(engine_->report(), testing::Contains("stretches of launches: 1 recorded, 0 refused"));
}

TEST_F(Noting, AStretchThatCannotBeRecordedIsToldOnceAndCounted) {
  const auto ranges = ranges_of_runs(std::make_shared<NotingDevice>(false));
  EXPECT_EQ(ranges[2], ranges[0]);
  EXPECT_EQ(std::ranges::count(told_, '\n'), 1) << told_;
  EXPECT_THAT(told_, testing::HasSubstr("cannot be recorded (operation not permitted)"));
  EXPECT_THAT(told_, testing::HasSubstr(graph_.nodes.back().name));
  EXPECT_THAT(engine_->report(), testing::Contains("stretches of launches: 0 recorded, 1 refused"));
}

/// Page-locked memory is refused once in a while.
class PoorHost : public HostDevice {
 public:
  void* allocate_host(std::size_t bytes) override {
    if (refusals_ > 0 && refusals_--) throw MemoryFault("no page-locked memory");
    return HostDevice::allocate_host(bytes);
  }
  void refuse(int times) { refusals_ = times; }

 private:
  int refusals_ = 0;
};

TEST_F(Loop, ACallMayFollowOneThatFoundTooLittleMemoryOfTheHost) {
  const auto device = std::make_shared<PoorHost>();
  const auto engine = make_engine_on(device, Precision::fp32, "");
  Occluding run(*engine, graph_, {node_}, 2, {7, 7});
  run.set_patches(draw_.values(3 * 7 * 7));
  run.load(draw_.values(graph_.input().volume()));
  const std::vector<Read> few{{0, {0, 0}}};
  std::vector<Read> many = every_read(graph_.nodes[node_].shape);
  const std::vector<Occluder> call{{}, {{3, 3}, 0, 0}};
  const std::vector<float> first = run.responses(call, few);
  while (many.size() < 1000) many.insert(many.end(), many.begin(), many.begin() + 1);
  for (int i = 0; i < 2; ++i) {  // tables, then results
    device->refuse(1);
    EXPECT_THROW(run.responses(call, many), OutOfMemory);
  }
  EXPECT_EQ(run.responses(call, few), first);
  EXPECT_EQ(run.responses(call, many).front(), first.front());
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
