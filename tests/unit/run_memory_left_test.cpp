#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "run/memory_left.h"
#include "temporary_folder.h"

namespace rfmap::run {
namespace {

constexpr double kLimit = 8e9, kInUse = 2e9;

/// Groups as the kernel shows them: a job's limit is set on the group above that of its process.
class CgroupMemory : public testing::Test {
 protected:
  void SetUp() override {
    write("slurm/job_7", std::to_string(long(kLimit)), kInUse);
    write("slurm/job_7/step_0", "max", kInUse);
  }
  void write(const std::string& group, const std::string& limit, double anonymous) {
    const std::filesystem::path folder = root_.path() / group;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "memory.max") << limit << "\n";
    std::ofstream(folder / "memory.stat")
        << "file 5000000000\nanon " << long(anonymous) << "\nkernel 1\n";
  }
  double left(int ranks, double own, const std::string& group = "/slurm/job_7/step_0") {
    return left_in_cgroup(root_.path(), group, ranks, own);
  }

  TemporaryFolder root_;
};

TEST_F(CgroupMemory, OneProcessHasWhatIsFree) { EXPECT_EQ(left(1, 1e9), kLimit - kInUse); }

TEST_F(CgroupMemory, RanksHaveEqualShares) {
  EXPECT_EQ(left(4, 0.5e9), kLimit / 4 - 0.5e9);
  EXPECT_EQ(left(4, 3e9), kLimit / 4 - 3e9);  // below 0: it has more than its share
}

TEST_F(CgroupMemory, AShareIsNotMoreThanWhatIsFree) {
  write("slurm/job_7", std::to_string(long(kLimit)), 7e9);
  EXPECT_EQ(left(2, 0.5e9), kLimit - 7e9);
}

TEST_F(CgroupMemory, TheSmallestLimitCounts) {
  write("slurm/job_7/step_0", "3000000000", kInUse);
  EXPECT_EQ(left(1, 0), 3e9 - kInUse);
  EXPECT_EQ(left(2, 0), 3e9 - kInUse);
}

TEST_F(CgroupMemory, GroupsWithoutLimitsLeaveAll) {
  EXPECT_TRUE(std::isinf(left(2, 1e9, "/")));
  EXPECT_TRUE(std::isinf(left(2, 1e9, "/user.slice")));
}

}  // namespace
}  // namespace rfmap::run
