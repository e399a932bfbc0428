#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "cuda/host_device.h"
#include "cuda/run_on_device.h"
#include "engine/engine_on.h"

// A run's phases on a host device that has little memory, or is lost.
using namespace rfmap;
using namespace rfmap::results;
using namespace rfmap::run;
using namespace rfmap::cuda;

namespace {

constexpr int kSeveralImages = 48;  // a batch with windows of three images

class RunOnHostDevice : public RunOnDevice {
 protected:
  /// Also checks that choices made by timing are stored with the run.
  Computed run(const std::shared_ptr<HostDevice>& device, RunFolder& folder, int largest = 16) {
    const auto engine = make_engine_on(device, Precision::fp32, "");
    Computed computed = compute(*engine, run_, folder, {largest});
    EXPECT_EQ(device->choices(), folder.path());
    return computed;
  }
  Computed run(const std::vector<std::shared_ptr<HostDevice>>& devices, RunFolder& folder,
               int largest = 16) {
    std::vector<std::unique_ptr<plan::Engine>> owned;
    Engines engines;
    for (const auto& device : devices) {
      owned.push_back(make_engine_on(device, Precision::fp32, ""));
      engines.push_back(owned.back().get());
    }
    Computed computed = compute(engines, run_, folder, {largest});
    for (const auto& device : devices) EXPECT_EQ(device->choices(), folder.path());
    return computed;
  }
};

std::shared_ptr<HostDevice> device_of(const HostDeviceOptions& options) {
  return std::make_shared<HostDevice>(options);
}

/// A device that has memory for the first programs may not have enough for later ones.
TEST_F(RunOnHostDevice, TakesSmallerBatchesWhereMemoryIsShort) {
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

TEST_F(RunOnHostDevice, ABatchThatWasAskedForIsNotChanged) {
  run_.machine.batch = 16;
  RunFolder there = folder("asked");
  try {
    run(device_of({.memory = 100'000}), there);
    FAIL() << "no error";
  } catch (const OutOfMemory& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--batch"));
  }
  EXPECT_EQ(told("taking smaller ones"), 0);
}

TEST_F(RunOnHostDevice, SeveralDevicesMeasureWhatOneDoes) {
  RunFolder alone = folder("alone");
  const Computed want = run(device_of({}), alone, kSeveralImages);
  for (int count : {2, 3, 7}) {  // more than there are images
    std::vector<std::shared_ptr<HostDevice>> devices;
    for (int i = 0; i < count; ++i) devices.push_back(device_of({}));
    RunFolder there = folder("several");
    const Computed got = run(devices, there, kSeveralImages);
    EXPECT_EQ(maps(there, got), maps(alone, want)) << count;
    for (const auto& device : devices) EXPECT_EQ(device->used(), 0u);
  }
}

TEST_F(RunOnHostDevice, AllDevicesTakeTheBatchThatTheSmallestHolds) {
  const auto small = device_of({.memory = 260'000});
  RunFolder there = folder("several");
  const Computed got = run({device_of({}), small, device_of({})}, there);
  const int batch = there.recorded_choice("batch");
  EXPECT_LT(batch, 16);
  EXPECT_EQ(told("does not fit the device's memory"), 1);
  RunFolder alone = folder("alone");
  const Computed want = run(device_of({}), alone, batch);
  EXPECT_EQ(maps(there, got), maps(alone, want));
}

TEST_F(RunOnHostDevice, WhereOneOfSeveralIsLostTheRunGoesOn) {
  RunFolder whole = folder("whole");
  const auto healthy = device_of({});
  const Computed want = run(healthy, whole, kSeveralImages);
  const std::vector<float> want_maps = maps(whole, want);
  int lost = 0;
  for (int launches = 1; launches < healthy->launches(); launches = launches * 3 / 2 + 1) {
    RunFolder there = folder("lost");
    try {
      run({device_of({}), device_of({.fails_after = launches})}, there, kSeveralImages);
      continue;  // the other one was faster
    } catch (const EngineError& error) {
      ++lost;
      EXPECT_THAT(error.what(), testing::HasSubstr("the host device is lost"));
      EXPECT_EQ(error.exit_code(), kExitFault);
    }
    RunFolder again = folder("lost", RunFolder::Existing::resume);
    const Computed got = run({device_of({}), device_of({})}, again, kSeveralImages);
    EXPECT_EQ(maps(again, got), want_maps) << "lost after " << launches;
  }
  EXPECT_GT(lost, 0);
}

TEST_F(RunOnHostDevice, ATensorOfABatchHasNoMoreValuesThan32BitsCount) {
  using namespace testing_engines;
  Draw draw(1);
  Network net({3, 299, 299});
  net.add(random_conv(draw, 3, 64, {1, 1}));
  run_.model.graph = net.graph;
  run_.grid = make_grid({299, 299}, run_.method.occluder, run_.method.stride);
  run_.layers.resize(1);
  run_.layers[0].node = 1;
  const std::size_t plenty = std::size_t(1) << 50;
  EXPECT_EQ(choose_batch(run_, {512, plenty}), 256);  // 512 x 64 x 299 x 299 is 2.9e9
  run_.machine.memory = plenty;
  EXPECT_EQ(choose_batch(run_, {512, plenty}), 256);
  EXPECT_EQ(choose_batch(run_, {128, plenty}), 128);
}

TEST_F(RunOnHostDevice, ALostDeviceLeavesWhatIsWholeAndTheRunGoesOn) {
  const auto healthy = device_of({});
  RunFolder whole = folder("whole");
  const Computed want = run(healthy, whole, kSeveralImages);
  const std::vector<float> want_maps = maps(whole, want);
  std::size_t most_kept = 0;
  for (int part = 1; part < 8; ++part) {
    log_.str("");
    RunFolder there = folder("lost");
    try {
      run(device_of({.fails_after = healthy->launches() * part / 8}), there, kSeveralImages);
      FAIL() << "no error";
    } catch (const EngineError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("the host device is lost"));
      EXPECT_EQ(error.exit_code(), kExitFault);
    }
    const std::size_t kept =
        PartsReader(there.parts(RunFolder::Part::map), there.fingerprint()).pairs();
    if (kept > 0) {
      EXPECT_EQ(told("--resume continues"), 1);
    }
    most_kept = std::max(most_kept, kept);
    RunFolder again = folder("lost", RunFolder::Existing::resume);
    const Computed got = run(device_of({}), again, kSeveralImages);
    EXPECT_EQ(maps(again, got), want_maps) << "lost after " << part << " of 8";
  }
  EXPECT_GT(most_kept, want.pairs.size() / 4);
  EXPECT_LT(most_kept, want.pairs.size());
}

}  // namespace
