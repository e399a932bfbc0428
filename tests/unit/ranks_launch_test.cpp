// What launchers say, and how ranks divide a machine.
#include <map>

#include <gtest/gtest.h>

#include "ranks/cores.h"
#include "ranks/launch.h"

namespace rfmap::ranks {
namespace {

Launch launch(const std::map<std::string, std::string>& variables) {
  return launch_of([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

TEST(Launch, IsReadFromTheLaunchersVariables) {
  EXPECT_EQ(launch({}), (Launch{0, 1}));
  EXPECT_EQ(launch({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "3"}}), (Launch{3, 4}));
  EXPECT_EQ(launch({{"PMIX_RANK", "1"}, {"SLURM_NTASKS", "8"}, {"SLURM_STEP_NUM_TASKS", "2"}}),
            (Launch{1, 2}));
  EXPECT_EQ(launch({{"PMIX_RANK", "1"}, {"SLURM_NTASKS", "8"}}), (Launch{1, 8}));
  EXPECT_EQ(launch({{"PMI_RANK", "1"}, {"PMI_SIZE", "3"}}), (Launch{1, 3}));
}

TEST(Launch, PlainSrunAndABatchScriptAreNoLaunchers) {
  EXPECT_EQ(launch({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "2"}}), (Launch{0, 1}));
  EXPECT_EQ(launch({{"SLURM_NTASKS", "8"}, {"SLURM_STEP_NUM_TASKS", "8"}}), (Launch{0, 1}));
}

TEST(FairThreads, RanksThatAreNotBoundShareTheMachine) {
  const Cores all{"a", {0, 1, 2, 3, 4, 5, 6, 7}};
  EXPECT_EQ(fair_threads({all}, 0), 8);
  EXPECT_EQ(fair_threads({all, all}, 1), 4);
  EXPECT_EQ(fair_threads({all, all, all}, 1), 2);
  EXPECT_EQ(fair_threads(std::vector<Cores>(20, all), 7), 1);
}

TEST(FairThreads, BoundRanksKeepTheirCoresAndOtherMachinesDoNotCount) {
  const Cores low{"a", {0, 1}}, high{"a", {2, 3, 4}}, other{"b", {0, 1}};
  for (int rank = 0; rank < 3; ++rank)
    EXPECT_EQ(fair_threads({low, high, other}, rank), rank == 1 ? 3 : 2);
  EXPECT_EQ(fair_threads({{"a", {0, 1, 2, 3}}, low}, 0), 3);
  EXPECT_EQ(fair_threads({{"a", {0, 1, 2, 3}}, low}, 1), 1);
}

TEST(OwnDevice, OneGpuARank) {
  const auto of = [](const char* device, int local, int gpus) {
    return own_device(device, {local, 8, local, 8}, gpus);
  };
  EXPECT_EQ(of("cuda", 1, 4), "cuda:1");
  EXPECT_EQ(of("auto", 3, 4), "cuda:3");
  EXPECT_EQ(of("cuda", 5, 4), "cuda:1");
  EXPECT_EQ(of("auto", 3, 0), "auto");
  EXPECT_EQ(of("cuda", 3, 0), "cuda");
  EXPECT_EQ(of("cuda:2", 1, 4), "cuda:2");
  EXPECT_EQ(of("cpu", 1, 4), "cpu");
  EXPECT_EQ(of("check:cuda", 1, 4), "check:cuda:1");
  EXPECT_EQ(of("check", 1, 4), "check:cuda:1");
}

}  // namespace
}  // namespace rfmap::ranks
