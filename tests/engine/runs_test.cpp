#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "cuda/run_on_device.h"
#include "engine/under_test/engines.h"

// Guarantees of a run's phases on any device of the CUDA engine.
namespace rfmap {
using namespace plan;
using namespace run;
namespace {

using testing_engines::engine_of;

constexpr int kLargest = 128;  // samples

class Runs : public RunOnDevice, public testing::WithParamInterface<std::string> {
 protected:
  Computed run(Engine& engine, RunFolder& folder, int largest = kLargest) {
    return compute(engine, run_, folder, {largest});
  }

  /// Memory of a run's first programs with the largest batch.
  std::size_t needed(Engine& engine) {
    return compile_programs(engine, run_, kLargest).session->memory_bytes();
  }
};

/// Allocates this much of the device's memory during its lifetime.
std::unique_ptr<Session> take_memory(Engine& engine, std::size_t bytes) {
  constexpr std::size_t kRow = std::size_t(1) << 20;
  const std::string name = testing::UnitTest::GetInstance()->current_test_info()->value_param();
  const bool halves = name.find("16") != name.npos;
  const int numbers = int(kRow / (halves ? 2 : sizeof(float)));
  ProgramSet set;
  set.residents.push_back({{1, int(bytes / kRow), numbers}, 1, -1, "taken"});
  return engine.compile(set);
}

TEST_P(Runs, RepeatTheirBits) {
  std::vector<std::vector<float>> all;
  for (const char* name : {"first", "second"}) {
    const auto engine = engine_of(GetParam());
    RunFolder there = folder(name);
    all.push_back(maps(there, run(*engine, there)));
  }
  EXPECT_EQ(all[0], all[1]);
  EXPECT_NE(std::count_if(all[0].begin(), all[0].end(), [](float v) { return v != 0; }), 0);
}

TEST_P(Runs, TakeSmallerBatchesWhereOthersHoldTheMemory) {
  const auto engine = engine_of(GetParam());
  RunFolder alone = folder("alone");
  run(*engine, alone);  // libraries load their kernels
  const std::size_t need = needed(*engine);
  const auto taken = take_memory(*engine, testing_engines::free_bytes(GetParam()) - need / 2);
  RunFolder there = folder("there");
  const Computed computed = run(*engine, there);
  const int batch = there.recorded_choice("batch");
  EXPECT_LT(batch, kLargest);
  EXPECT_EQ(told("does not fit the device's memory"), 1) << log_.str();
  const std::vector<float> got = maps(there, computed);
  RunFolder again = folder("again");
  EXPECT_EQ(got, maps(again, run(*engine_of(GetParam()), again, batch)));
}

TEST_P(Runs, SayWhatHelpsWhereNoBatchFits) {
  const auto engine = engine_of(GetParam());
  RunFolder there = folder("there");
  run(*engine, there);
  const auto taken = take_memory(*engine, testing_engines::free_bytes(GetParam()) - (4u << 20));
  std::vector<std::unique_ptr<Session>> rest;
  try {
    for (;;) rest.push_back(take_memory(*engine, 1u << 20));
  } catch (const OutOfMemory&) {
  }
  RunFolder full = folder("full");
  try {
    run(*engine, full);
    FAIL() << "no error";
  } catch (const OutOfMemory& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("not even a batch of 2 fits the device"));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, Runs, testing::ValuesIn(testing_engines::engines_under_test()));

}  // namespace
}  // namespace rfmap
