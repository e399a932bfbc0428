#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "rfmap/error.h"
#include "rfmap/parts.h"

#include "cuda/host_device.h"
#include "engine/engine_on.h"
#include "engine/network.h"
#include "run/compute.h"
#include "temporary_folder.h"

// A run's phases on a device that is small, or is lost.
using namespace rfmap;
using namespace rfmap::cuda;
using namespace rfmap::testing_engines;

namespace {

constexpr int kImages = 5;

/// Two layers of a small network, a few images of noise, and folders for what runs commit.
class RunOnDevice : public testing::Test {
 protected:
  void SetUp() override {
    setup_.model.graph = network();
    setup_.preprocessing.scale = 1.0 / 128;
    setup_.preprocessing.mean = {128};
    setup_.preprocessing.crop = {33, 31};
    setup_.grid = make_grid({33, 31}, config_.occluder, config_.stride, false);
    const std::vector<Field> fields = theoretical_fields(setup_.model.graph);
    for (int node : {2, 5}) add_layer(node, fields[node]);
    for (int i = 0; i < kImages; ++i) add_image(i);
    config_.out = work_ + "/out.h5";
    config_.top_k = 3;
    config_.threads = 1;
    config_.quiet = true;
    config_.commit_every = 1e9;  // but for failures
    spdlog::default_logger()->sinks().push_back(log_sink_);
  }
  void TearDown() override { spdlog::default_logger()->sinks().pop_back(); }

  Graph network() {
    Network net({3, 33, 31});
    net.add(random_conv(draw_, 3, 8, {5, 5}));
    net.add(relu());
    Pool pool;
    pool.kernel = {3, 3};
    pool.stride = {2, 2};
    net.add(pool);
    net.add(random_conv(draw_, 8, 6, {3, 3}));
    net.add(relu());
    return net.graph;
  }

  void add_layer(int node, const Field& field) {
    MeasuredLayer layer;
    layer.name = setup_.model.graph.nodes[node].name;
    layer.node = node;
    layer.map = setup_.model.graph.nodes[node].shape;
    layer.field = field;
    layer.units = {0, 3, 5};
    setup_.layers.push_back(layer);
  }

  void add_image(int i) {
    Crop crop{{3, 33, 31}, std::vector<std::uint8_t>(3 * 33 * 31)};
    for (auto& pixel : crop.pixels) pixel = std::uint8_t(draw_.below(256));
    const std::string path = work_ + "/" + std::to_string(i) + ".png";
    write_png(path, crop, ChannelOrder::rgb);
    setup_.images.push_back({path});
  }

  RunFolder folder(const std::string& name, bool resume = false) {
    return RunFolder(work_ + "/" + name, {{"run", "test"}}, resume, !resume);
  }

  /// Also checks that what timing chose is kept with the run.
  Computed run(const std::shared_ptr<HostDevice>& device, RunFolder& folder, int largest = 16) {
    const auto engine = make_engine_on(device, Precision::fp32, "");
    Computed computed = compute(*engine, setup_, config_, folder, {largest});
    EXPECT_EQ(device->choices(), folder.path());
    return computed;
  }

  /// All change maps, one after the other.
  std::vector<float> maps(const RunFolder& folder, const Computed& computed) {
    const std::size_t positions = setup_.grid.positions();
    std::vector<float> all(computed.pairs.size() * positions);
    PartsReader parts(folder.parts(RunFolder::Part::map), folder.fingerprint());
    for (std::size_t p = 0; p < computed.pairs.size(); ++p)
      parts.read(std::int64_t(p), std::span(all).subspan(p * positions, positions));
    return all;
  }

  int told(const std::string& what) const {
    int count = 0;
    const std::string text = log_.str();
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
    return count;
  }

  Draw draw_{7};
  TemporaryFolder temporary_;
  std::string work_ = temporary_.path().string();
  rfmap::Setup setup_;
  Config config_;
  std::ostringstream log_;
  std::shared_ptr<spdlog::sinks::sink> log_sink_ =
      std::make_shared<spdlog::sinks::ostream_sink_mt>(log_);
};

std::shared_ptr<HostDevice> device_of(const HostDeviceOptions& options) {
  return std::make_shared<HostDevice>(options);
}

/// A device that compiles the first programs may still be too small for those that come later.
TEST_F(RunOnDevice, TakesSmallerBatchesWhereMemoryIsShort) {
  std::set<int> batches;
  for (std::size_t memory = 1'000'000; memory > 10'000; memory = memory * 3 / 4) {
    log_.str("");
    const auto small = device_of({.memory = memory});
    RunFolder there = folder("small");
    std::optional<Computed> computed;
    try {
      computed = run(small, there);
    } catch (const OutOfMemory& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("not even a batch of 2"));
      EXPECT_GT(batches.size(), 2u);
      EXPECT_EQ(small->used(), 0u);
      return;
    }
    const int batch = there.recorded_choice("batch");
    EXPECT_EQ(told("does not fit the device's memory"), batch < 16 ? 1 : 0) << log_.str();
    if (!batches.insert(batch).second) continue;
    RunFolder alone = folder("alone");
    const Computed want = run(device_of({}), alone, batch);
    EXPECT_EQ(maps(there, *computed), maps(alone, want)) << "batch " << batch;
  }
  FAIL() << "no device was too small";
}

TEST_F(RunOnDevice, ABatchThatWasAskedForIsNotChanged) {
  config_.batch = 16;
  RunFolder there = folder("asked");
  try {
    run(device_of({.memory = 100'000}), there);
    FAIL() << "no error";
  } catch (const OutOfMemory& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--batch"));
  }
  EXPECT_EQ(told("taking smaller ones"), 0);
}

TEST_F(RunOnDevice, ALostDeviceLeavesWhatIsWholeAndTheRunGoesOn) {
  const auto healthy = device_of({});
  RunFolder whole = folder("whole");
  const Computed want = run(healthy, whole);
  const std::vector<float> want_maps = maps(whole, want);
  std::size_t most_kept = 0;
  for (int part = 1; part < 8; ++part) {
    log_.str("");
    RunFolder there = folder("lost");
    try {
      run(device_of({.fails_after = healthy->launches() * part / 8}), there);
      FAIL() << "no error";
    } catch (const EngineError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("the host device is lost"));
      EXPECT_EQ(error.exit_code(), kExitFault);
    }
    const std::size_t kept =
        PartsReader(there.parts(RunFolder::Part::map), there.fingerprint()).pairs();
    if (kept > 0) {
      EXPECT_EQ(told("--resume goes on"), 1);
    }
    most_kept = std::max(most_kept, kept);
    RunFolder again = folder("lost", true);
    const Computed got = run(device_of({}), again);
    EXPECT_EQ(maps(again, got), want_maps) << "lost after " << part << " of 8";
  }
  EXPECT_GT(most_kept, want.pairs.size() / 4);
  EXPECT_LT(most_kept, want.pairs.size());
}

}  // namespace
