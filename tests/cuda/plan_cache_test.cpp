#include "engine/gpu/plan_cache.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

using namespace rfmap::cuda;

namespace {

class PlanCacheFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_ = testing::TempDir() + "plan_cache_test";
  std::string path_ = folder_ + "/below/plans.txt";
};

TEST_F(PlanCacheFile, KeepsChoicesFromOneProcessToTheNext) {
  PlanCache first(path_);
  EXPECT_EQ(first.find("a"), "");
  first.add("a", "eng1_k2=3");
  first.add("b", "eng4");
  first.add("a", "eng5");  // the first choice counts
  EXPECT_EQ(first.find("a"), "eng1_k2=3");
  const PlanCache second(path_);
  EXPECT_EQ(second.find("a"), "eng1_k2=3");
  EXPECT_EQ(second.find("b"), "eng4");
  EXPECT_EQ(second.find("c"), "");
}

TEST_F(PlanCacheFile, AFolderThatCannotBeWrittenIsNoFault) {
  for (const std::string& path : {std::string("/proc/none/plans.txt"), std::string()}) {
    PlanCache cache(path);
    cache.add("a", "eng1");
    EXPECT_EQ(cache.find("a"), "eng1") << path;
  }
}

TEST(PlanCachePath, NamesLibraryAndDevice) {
  setenv("RFMAP_CACHE", "/somewhere", 1);
  EXPECT_EQ(plan_cache_path("NVIDIA H200/x", "9.19.0"),
            "/somewhere/cudnn-plans-9.19.0-NVIDIA-H200-x.txt");
  unsetenv("RFMAP_CACHE");
}

}  // namespace
