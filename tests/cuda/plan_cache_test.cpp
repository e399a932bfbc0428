#include "engine/plan_cache.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "temporary_folder.h"

using namespace rfmap::cuda;

namespace {

class PlanCacheFile : public testing::Test {
 protected:
  TemporaryFolder temporary_;
  std::string folder_ = temporary_ / "cache";
  std::string path_ = folder_ + "/below/plans.txt";
};

TEST_F(PlanCacheFile, KeepsChoicesFromOneProcessToTheNext) {
  PlanFile first(path_);
  EXPECT_EQ(first.find("a"), "");
  first.add("a", "eng1_k2=3");
  first.add("b", "eng4");
  EXPECT_EQ(first.find("a"), "eng1_k2=3");
  const PlanFile second(path_);
  EXPECT_EQ(second.find("a"), "eng1_k2=3");
  EXPECT_EQ(second.find("b"), "eng4");
  EXPECT_EQ(second.find("c"), "");
}

TEST_F(PlanCacheFile, ALaterChoiceReplacesAnEarlierOne) {
  PlanFile first(path_);
  first.add("a", "eng1");
  first.add("b", "eng2");
  first.add("a", "eng5");
  EXPECT_EQ(first.find("a"), "eng5");
  EXPECT_EQ(PlanFile(path_).find("a"), "eng5");
  EXPECT_EQ(PlanFile(path_).find("b"), "eng2");
  const auto size = std::filesystem::file_size(path_);
  first.add("a", "eng5");
  EXPECT_EQ(std::filesystem::file_size(path_), size) << "nothing new, nothing written";
}

TEST_F(PlanCacheFile, AFolderThatCannotBeWrittenIsNoFault) {
  for (const std::string& path : {std::string("/proc/none/plans.txt"), std::string()}) {
    PlanFile file(path);
    file.add("a", "eng1");
    EXPECT_EQ(file.find("a"), "eng1") << path;
  }
}

TEST_F(PlanCacheFile, ALineThatWasCutOffDoesNotCount) {
  PlanFile(path_).add("a", "eng1");
  std::ofstream(path_, std::ios::app) << "b eng1_k";
  PlanFile after(path_);
  EXPECT_EQ(after.find("a"), "eng1");
  EXPECT_EQ(after.find("b"), "");
  after.add("b", "eng1_k2=3");
  after.add("c", "eng7");
  EXPECT_EQ(PlanFile(path_).find("b"), "eng1_k2=3");
  EXPECT_EQ(PlanFile(path_).find("c"), "eng7");
}

TEST_F(PlanCacheFile, ARunKeepsToItsOwnChoices) {
  const std::string all = folder_ + "/all", run = folder_ + "/run";
  PlanCache(all, "plans.txt").add("known", "eng1");
  {
    PlanCache began(all, "plans.txt");
    began.keep_also_in(run);
    EXPECT_EQ(began.find("known"), "eng1");
    began.add("new", "eng2");
  }
  // The cache is lost, and another run makes other choices.
  std::filesystem::remove_all(all);
  PlanCache(all, "plans.txt").add("known", "eng3");
  PlanCache resumed(all, "plans.txt");
  EXPECT_EQ(resumed.find("known"), "eng3");
  resumed.keep_also_in(run);
  EXPECT_EQ(resumed.find("known"), "eng1");
  EXPECT_EQ(resumed.find("new"), "eng2");
  EXPECT_EQ(resumed.find("other"), "");
}

TEST(PlanCachePath, NamesLibraryAndDevice) {
  EXPECT_EQ(plan_cache_name("NVIDIA H200/x", "9.19.0-frontend-1.18.0-driver-13000"),
            "cudnn-plans-9.19.0-frontend-1.18.0-driver-13000-NVIDIA-H200-x.txt");
  setenv("RFMAP_CACHE", "/somewhere", 1);
  EXPECT_EQ(plan_cache_folder(), "/somewhere");
  unsetenv("RFMAP_CACHE");
}

}  // namespace
