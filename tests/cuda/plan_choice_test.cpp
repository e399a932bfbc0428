#include "engine/plan_choice.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/log.h"

#include "cuda/fake_plans.h"
#include "engine/engine_on.h"
#include "engine/network.h"
#include "temporary_folder.h"

// How a plan is chosen among those of a library that a test makes up.
using namespace rfmap;
using namespace rfmap::cuda;
using testing::HasSubstr;
using Fault = FakePlan::Fault;

namespace {

constexpr int kBatch = 40;

class PlanChoice : public testing::Test {
 protected:
  void SetUp() override {
    problem_.precision = Precision::fp32;
    problem_.batch = kBatch;
    problem_.in = {3, 5, 4};
    problem_.out = {2, 3, 2};
    problem_.kernel = {3, 3};
    log::set_sink([this](log::Level level, const std::string& text) {
      (level == log::Level::warning ? warnings_ : log_) << text << '\n';
    });
  }
  void TearDown() override { log::set_sink({}); }

  /// The chosen plan's name, or why there is none.
  std::string choose(std::vector<FakePlan> plans, const PinnedPlans& pinned = {}) {
    plans_ = std::make_shared<FakePlans>(device_, problem_, std::move(plans));
    const FoundPlan found = choose_plan(device_, plans_, cache_, pinned, problem_);
    EXPECT_EQ(found.plan != nullptr, found.why_none.empty());
    return found.plan ? cache_.find(key_of(problem_)) : "none: " + found.why_none;
  }

  FakeClockDevice device_{HostDeviceOptions{.memory = 1'000'000}};
  ConvolutionProblem problem_;
  PlanCache cache_{"", "plans.txt"};
  std::shared_ptr<FakePlans> plans_;
  std::ostringstream log_, warnings_;
};

TEST_F(PlanChoice, TheFastestThatIsRight) {
  EXPECT_EQ(choose({{"a", 3}, {"b", 1}, {"c", 2}}), "b");
  EXPECT_EQ(device_.used(), 0u) << "the trial's memory is given back";
  EXPECT_THAT(log_.str(), HasSubstr("plan " + key_of(problem_) + " b: 1 ms, workspace 0.0 MiB"));
}

TEST_F(PlanChoice, OnlyTheFastestIsCheckedWhereItIsRight) {
  choose({{"a", 3}, {"b", 1.5}, {"c", 2}});
  EXPECT_EQ(plans_->runs("a"), 2) << "to warm up, and timed";
  EXPECT_EQ(plans_->runs("c"), 2);
  EXPECT_EQ(plans_->runs("b"), 4) << "and twice for its bits";
}

TEST_F(PlanChoice, AShortRunIsTimedSeveralTimesAtOnce) {
  EXPECT_EQ(choose({{"a", 0.25f}, {"b", 0.01f}}), "b");
  EXPECT_EQ(plans_->runs("a"), 2 + 4);
  EXPECT_EQ(plans_->runs("b"), 2 + 10 + 2);
}

TEST_F(PlanChoice, APlanThatFailsIsLeftOut) {
  EXPECT_EQ(choose({{.name = "a", .time = 1, .fault = Fault::fails},
                    {.name = "b", .time = 1, .fault = Fault::out_of_memory},
                    {.name = "c", .time = 2}}),
            "c");
  EXPECT_THAT(warnings_.str(), HasSubstr("2 of the library's plans failed when tried, and are left "
                                         "out: a (cuDNN: execute: no luck)"));
  EXPECT_EQ(choose({{.name = "a", .fault = Fault::fails}, {.name = "c"}}), "c");
}

TEST_F(PlanChoice, ALostDeviceEndsTheChoice) {
  EXPECT_THROW(choose({{.name = "a", .fault = Fault::loses_device}, {.name = "b"}}), DeviceFault);
}

TEST_F(PlanChoice, BitsAreComparedInEverySlot) {
  for (int slot = 0; slot < kBatch; ++slot)
    for (Precision precision : {Precision::fp32, Precision::bf16}) {
      problem_.precision = precision;
      cache_ = PlanCache("", "plans.txt");
      EXPECT_EQ(choose({{.name = "a", .time = 1, .fault = Fault::wrong_slot, .slot = slot},
                        {.name = "b", .time = 2}}),
                "b")
          << slot;
      EXPECT_THAT(log_.str(), HasSubstr("equal samples has other bits"));
    }
}

TEST_F(PlanChoice, BitsMayNotDependOnNeighbours) {
  for (int slot = 0; slot < kBatch; ++slot) {
    cache_ = PlanCache("", "plans.txt");
    EXPECT_EQ(choose({{.name = "a", .time = 1, .fault = Fault::wrong_beside, .slot = slot},
                      {.name = "b", .time = 2}}),
              "b")
        << slot;
  }
  EXPECT_THAT(log_.str(), HasSubstr("has other bits beside other samples"));
}

TEST_F(PlanChoice, TheSlowEngineOnlyWhereItIsAlone) {
  EXPECT_EQ(choose({{"eng0", 1}, {"eng5_k1=2", 2}}), "eng5_k1=2");
  EXPECT_EQ(plans_->runs("eng0"), 0);
  cache_ = PlanCache("", "plans.txt");
  EXPECT_EQ(choose({{.name = "eng5", .fault = Fault::fails}, {.name = "eng0_k1=1"}}), "eng0_k1=1");
}

TEST_F(PlanChoice, NeverAsksForMoreWorkspaceThanThereIs) {
  EXPECT_EQ(choose({{.name = "a", .time = 1, .workspace = 2'000'000},
                    {.name = "b", .time = 2, .workspace = 500'000},
                    {.name = "c", .time = 3}}),
            "b");
  EXPECT_EQ(plans_->runs("a"), 0);
  EXPECT_EQ(device_.largest_allocation(), 500'000u);
  EXPECT_THAT(log_.str(), HasSubstr("a (needs 1.9 MiB of workspace)"));
  EXPECT_EQ(warnings_.str(), "");
}

TEST_F(PlanChoice, AShortageOfMemoryIsNotKept) {
  EXPECT_THAT(choose({{.name = "a", .workspace = 2'000'000}}), HasSubstr("none: of 1 plans none"));
  EXPECT_EQ(choose({{.name = "a", .workspace = 2'000}}), "a");
}

TEST_F(PlanChoice, InputsAreNotConvertedDown) {
  for (Precision precision : {Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16}) {
    problem_.precision = precision;
    EXPECT_EQ(choose({{.name = "a", .time = 1, .notes = {"TENSOR_CORE", "DOWN_CONVERT_INPUTS"}},
                      {.name = "b", .time = 2, .notes = {"STRICT_NAN_PROP"}}}),
              "b");
    EXPECT_EQ(plans_->runs("a"), 0);
  }
}

TEST_F(PlanChoice, TensorCoresOnlyWhereThePrecisionAllowsThem) {
  const std::vector<FakePlan> plans{{.name = "a", .time = 1, .notes = {"TENSOR_CORE"}},
                                    {.name = "b", .time = 2}};
  EXPECT_EQ(choose(plans), "b");
  problem_.precision = Precision::tf32;
  EXPECT_EQ(choose(plans), "a");
}

TEST_F(PlanChoice, SaysWhyThereIsNone) {
  EXPECT_EQ(choose({}), "none: nothing on offer");
  EXPECT_EQ(choose({{.name = "a", .fault = Fault::not_built}}),
            "none: of 1 plans none can be used: a (no kernel for it)");
  EXPECT_EQ(choose({{.name = "a", .notes = {"FFT"}}, {.name = "b", .notes = {"FFT"}}}),
            "none: of 2 plans none can be used: 2 for FFT");
}

TEST_F(PlanChoice, PlansWithWrongBitsAreNotTriedAgain) {
  const std::vector<FakePlan> wrong{{.name = "a", .fault = Fault::wrong_slot, .slot = 7}};
  EXPECT_THAT(choose(wrong), HasSubstr("a (slot 7 of 40 equal samples has other bits)"));
  EXPECT_EQ(choose(wrong), "none: none gave equal bits when they were tried");
  EXPECT_EQ(plans_->runs("a"), 0);
}

TEST_F(PlanChoice, AKnownPlanIsNotTriedAgain) {
  cache_.add(key_of(problem_), "b");
  EXPECT_EQ(choose({{"a", 1}, {"b", 2}}), "b");
  EXPECT_EQ(plans_->runs("a") + plans_->runs("b"), 0);
}

TEST_F(PlanChoice, AStaleChoiceIsReplaced) {
  cache_.add(key_of(problem_), "gone");
  EXPECT_EQ(choose({{"a", 1}, {"b", 2}}), "a");
  EXPECT_THAT(log_.str(), HasSubstr("gone of an earlier run: the library does not offer it"));
  EXPECT_EQ(choose({{.name = "a", .fault = Fault::not_built}, {.name = "b"}}), "b");
}

class PinnedChoice : public PlanChoice {
 protected:
  PinnedPlans pins(const std::string& text) {
    const std::string path = temporary_ / "pins.txt";
    std::ofstream(path) << text;
    return PinnedPlans(path);
  }
  TemporaryFolder temporary_;
};

TEST_F(PinnedChoice, APinnedPlanIsTakenUntried) {
  const std::string run = temporary_ / "run";
  cache_.keep_also_in(run);
  EXPECT_EQ(choose({{"eng1_k1=1", 1}, {"eng2_k1=1", 2}},
                   pins("# slow, but known\n" + key_of(problem_) + " eng2_k1=1")),
            "eng2_k1=1");
  EXPECT_EQ(plans_->runs("eng1_k1=1") + plans_->runs("eng2_k1=1"), 0);
  EXPECT_EQ(PlanFile(run + "/plans.txt").find(key_of(problem_)), "eng2_k1=1")
      << "a resumed run computes with it, too";
}

TEST_F(PinnedChoice, AnEngineForAllProblemsWhereTheyHaveIt) {
  const PinnedPlans all = pins("* eng2\n");
  const std::string run = temporary_ / "run";
  cache_.keep_also_in(run);
  EXPECT_EQ(choose({{"eng1", 1}, {"eng22", 1}, {"eng2_k1=1", 2}}, all), "eng2_k1=1");
  cache_ = PlanCache("", "plans.txt");
  EXPECT_EQ(choose({{"eng1", 1}, {"eng22", 2}}, all), "eng1");
}

TEST_F(PinnedChoice, OneThatCannotBeUsedIsAnError) {
  const std::string key = key_of(problem_);
  for (const auto& [plans, why] :
       {std::pair{std::vector<FakePlan>{{"b"}}, "the library does not offer it"},
        std::pair{std::vector<FakePlan>{{.name = "a", .fault = Fault::not_built}},
                  "no kernel for it"},
        std::pair{std::vector<FakePlan>{{.name = "a", .notes = {"TENSOR_CORE"}}},
                  "TENSOR_CORE is refused in this precision"}}) {
    try {
      choose(plans, pins(key + " a\n"));
      FAIL() << "no error";
    } catch (const ConfigError& error) {
      EXPECT_EQ(error.what(), "RFMAP_PLANS: plan a of " + key + ": " + why);
    }
  }
}

TEST_F(PinnedChoice, AFileOfSomethingElseIsAnError) {
  EXPECT_THROW(pins("a b c\n"), ConfigError);
  EXPECT_THROW(pins("a\n"), ConfigError);
  EXPECT_THROW(PinnedPlans(temporary_ / "none.txt"), ConfigError);
  EXPECT_EQ(PinnedPlans("").find("a").plan, "");
}

/// A device that chooses its plans as a GPU does.
class ChoosingDevice : public FakeClockDevice {
 public:
  explicit ChoosingDevice(std::vector<FakePlan> plans) : plans_(std::move(plans)) {}
  FoundPlan convolution(const ConvolutionProblem& problem) override {
    return choose_plan(*this, std::make_shared<FakePlans>(*this, problem, plans_), cache_, {},
                       problem);
  }

 private:
  std::vector<FakePlan> plans_;
  PlanCache cache_{"", "plans.txt"};
};

/// What a network gives on a device with these plans, and what its engine reports.
std::pair<std::vector<float>, std::vector<std::string>> run_network(
    const std::vector<FakePlan>& plans) {
  using namespace testing_engines;
  Draw draw(3);
  const Graph graph = small_alexnet(draw);
  const auto engine = make_engine_on(std::make_shared<ChoosingDevice>(plans), Precision::fp32, "");
  const auto maps = maps_of(*engine, graph, {int(graph.nodes.size()) - 1},
                            draw.values(2 * graph.input().volume()));
  return {maps[0], engine->report()};
}

TEST_F(PlanChoice, DevicesOfOneKindComputeAlike) {
  const auto one = shared_plan_cache("", "kind"), other = shared_plan_cache("", "kind");
  EXPECT_EQ(one, other);
  EXPECT_NE(one, shared_plan_cache("", "another kind"));
  FakeClockDevice second;
  const auto plans_of = [&](FakeClockDevice& device, float a, float b) {
    return std::make_shared<FakePlans>(device, problem_, std::vector<FakePlan>{{"a", a}, {"b", b}});
  };
  choose_plan(device_, plans_of(device_, 1, 2), one->plans, {}, problem_);
  const auto there = plans_of(second, 2, 1);  // its clock says otherwise
  choose_plan(second, there, other->plans, {}, problem_);
  EXPECT_EQ(one->plans.find(key_of(problem_)), "a");
  EXPECT_EQ(there->runs("a") + there->runs("b"), 0);
}

TEST_F(PlanChoice, ANetworkRunsWhereItsFirstPlansFail) {
  const auto [want, plain] = run_network({{"a"}});
  const auto [got, report] = run_network({{.name = "broken", .time = 0.5, .fault = Fault::fails},
                                          {.name = "odd", .fault = Fault::wrong_slot, .slot = 1},
                                          {.name = "a", .time = 2}});
  EXPECT_EQ(got, want);
  EXPECT_EQ(report, plain);
  EXPECT_THAT(report.front(), HasSubstr(", 0 by own kernels for lack of a plan"));
}

TEST_F(PlanChoice, OwnKernelsForLackOfAPlanAreToldOnceAndCounted) {
  const auto [maps, report] = run_network({{.name = "a", .fault = Fault::not_built}});
  const std::string told = warnings_.str();
  const std::size_t first = told.find("(of 1 plans none can be used: a (no kernel");
  ASSERT_NE(first, told.npos) << told;
  EXPECT_THAT(told, HasSubstr("rfmap's own kernel computes it, which is slow"));
  EXPECT_THAT(report.front(), HasSubstr("convolutions: 0 by cuDNN's plans"));
  const auto problems = std::ranges::count(told, '\n');
  EXPECT_THAT(report.front(),
              HasSubstr(std::to_string(problems) + " by own kernels for lack of a plan"));
}

}  // namespace
