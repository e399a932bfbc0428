#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "rfmap/error.h"

#include "report/recorded.h"
#include "report/write.h"

namespace rfmap {
using namespace report;
namespace {

namespace fs = std::filesystem;

class ReportFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "rfmap_folder_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { fs::remove_all(folder); }
  void touch(const std::string& name) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << "x";
  }
  fs::path folder;
};

TEST_F(ReportFolder, AppearsWholeOrNotAtAll) {
  {
    PendingFolder pending(folder / "out", false);
    put_page(pending.part() / "index.html", "page");
    EXPECT_FALSE(fs::exists(folder / "out"));
  }
  EXPECT_TRUE(fs::is_empty(folder));
  PendingFolder pending(folder / "out/", false);
  put_page(pending.part() / "index.html", "page");
  pending.commit();
  EXPECT_TRUE(fs::exists(folder / "out/index.html"));
  EXPECT_FALSE(fs::exists(folder / "out.part"));
}

TEST_F(ReportFolder, ReplacesReportsOnlyAndOnlyWhenAsked) {
  touch("thesis/chapter.tex");
  EXPECT_THROW(PendingFolder(folder / "thesis", false), ConfigError);
  EXPECT_THROW(PendingFolder(folder / "thesis", true), ConfigError);
  EXPECT_TRUE(fs::exists(folder / "thesis/chapter.tex"));
  PendingFolder(folder / "out", false).commit();
  touch("out/old.html");
  EXPECT_THROW(PendingFolder(folder / "out", false), ConfigError);
  PendingFolder(folder / "out", true).commit();
  EXPECT_FALSE(fs::exists(folder / "out/old.html"));
  EXPECT_FALSE(fs::exists(folder / "out.old"));
}

TEST_F(ReportFolder, LeavesWhatStandsInTheWayOfTheUnfinishedOne) {
  touch("out.part/thesis.tex");
  EXPECT_THROW(PendingFolder(folder / "out", true), ConfigError);
  EXPECT_TRUE(fs::exists(folder / "out.part/thesis.tex"));
}

TEST_F(ReportFolder, ImagesAreFoundInAnotherRoot) {
  const ImageList images{{"/data/set/a/1.png"}, {"/data/set/b/2.png"}};
  touch("new/a/1.png");
  touch("new/2.png");
  const std::string root = (folder / "new").string();
  const Relocation moved(images, root);
  EXPECT_EQ(moved(images[0]).path, root + "/a/1.png");
  EXPECT_EQ(moved(images[1]).path, root + "/2.png");  // all in one folder now
  EXPECT_EQ(Relocation(images, "")(images[0]).path, images[0].path);
}

TEST_F(ReportFolder, ItemsOfOneFileMoveWithIt) {
  const ImageList images{{"/data/train-images.gz#0"}, {"/data/train-images.gz#7"}};
  touch("new/train-images.gz");
  const std::string root = (folder / "new").string();
  EXPECT_EQ(Relocation(images, root)(images[1]).path, root + "/train-images.gz#7");
  EXPECT_EQ(short_name(images[1]), "train-images.gz#7");
}

TEST(Counted, PixelsThatFewImagesReachDoNotMakeThePeak) {
  UnitRecord unit;
  unit.peaks.resize(4);
  unit.field.mean = {9, 5, 3, NAN};
  unit.field.count = {1, 2, 4, 0};
  const CountedMean ignore = counted_mean(unit, Border::ignore);
  EXPECT_TRUE(std::isnan(ignore.values[0]));
  EXPECT_EQ(ignore.values[1], 5);
  EXPECT_EQ(ignore.peak, 5);
  EXPECT_EQ(counted_mean(unit, Border::zero).peak, 9);
}

RunRecord recorded_run() {
  RunRecord run;
  run.attributes = {
      {"preprocessing", std::string(R"({"mean":[1,2,3],"std":[4.0],"scale":0.5,)"
                                    R"("channels":"bgr","crop":[20,30],"resize":40})")},
      {"input_shape", std::vector<std::int64_t>{3, 20, 30}},
      {"border", std::string("zero")},
      {"size-cut", 0.25}};
  return run;
}

TEST(RecordedRun, IsReadBack) {
  const Recorded r = recorded(recorded_run());
  EXPECT_EQ(r.preprocessing.mean, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(r.preprocessing.order, ChannelOrder::bgr);
  EXPECT_EQ(r.preprocessing.crop, (Size{20, 30}));
  EXPECT_EQ(r.preprocessing.resize.short_side, 40);
  EXPECT_EQ(r.method.rules.border, Border::zero);
  EXPECT_EQ(r.method.rules.discrepancy, Discrepancy::drop);
  EXPECT_DOUBLE_EQ(r.method.rules.size_cut, 0.25);
  EXPECT_EQ(recorded_text(recorded_run().attributes, "input_shape"), "3, 20, 30");
  EXPECT_EQ(recorded_text(recorded_run().attributes, "none", "?"), "?");
}

TEST(RecordedRun, WhatCannotBeUnderstoodIsNamed) {
  RunRecord run = recorded_run();
  run.attributes[0].second = std::string("{}");
  EXPECT_THROW(recorded(run), DataError);
  run = recorded_run();
  run.attributes[2].second = std::string("mirror");
  EXPECT_THROW(recorded(run), DataError);
}

}  // namespace
}  // namespace rfmap
