// A run through the library gives the program's file.
#include <cstdlib>

#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/estimate.h"
#include "rfmap/images.h"

#include "app/commands.h"
#include "app_files.h"

namespace rfmap {
namespace {

class LibraryRun : public testing::Test {
 protected:
  void SetUp() override {
    setenv("SOURCE_DATE_EPOCH", "1800000000", 1);
    std::filesystem::create_directory(folder_ / "images");
    for (int i = 0; i < 6; ++i) {
      Crop crop{{3, 128, 128}, std::vector<std::uint8_t>(3 * 128 * 128)};
      for (std::size_t p = 0; p < crop.pixels.size(); ++p)
        crop.pixels[p] = std::uint8_t((p * 31 + p / 128 * std::size_t(7 * i)) % 251);
      write_png(folder_ / "images/" + std::to_string(i) + ".png", crop, ChannelOrder::rgb);
    }
    job_.inputs.model = RFMAP_LEAFNET;
    job_.inputs.images = {folder_ / "images"};
    job_.method.layers = {"conv1", "pool2"};
    job_.method.units = "0-2";
    job_.method.top_k = 2;
    job_.method.stride = {9, 9};
    job_.method.preprocessing.preset = "unit";
    job_.method.preprocessing.resize = Resize{0, {}};
    job_.machine.threads = 1;
    job_.machine.device = "cpu";
    job_.output.path = folder_ / "fields.h5";
  }
  void TearDown() override { unsetenv("SOURCE_DATE_EPOCH"); }

  TemporaryFolder folder_;
  Job job_;
};

TEST_F(LibraryRun, WritesTheProgramsFileByteForByte) {
  const std::string out = job_.output.path, images = folder_ / "images";
  const std::vector<std::string> args{
      "estimate",    "--model",  RFMAP_LEAFNET, "--images",  images, "--out",    out,   "--layers",
      "conv1,pool2", "--units",  "0-2",         "--top-k",   "2",    "--stride", "9",   "--preset",
      "unit",        "--resize", "0",           "--threads", "1",    "--device", "cpu", "--quiet"};
  ASSERT_EQ(app::run_program(args), kExitDone);
  const std::string programs = read_text(out);
  ASSERT_GT(programs.size(), 10000u);
  std::filesystem::remove(out);
  job_.output.command_line = "rfmap";
  for (const std::string& arg : args) job_.output.command_line += " " + arg;
  EXPECT_EQ(estimate(job_).exit_code, kExitDone);
  EXPECT_TRUE(read_text(out) == programs);
}

TEST_F(LibraryRun, IsToldApartFromAnotherMethod) {
  EXPECT_EQ(estimate(job_).exit_code, kExitDone);
  job_.output.resume = true;
  EXPECT_EQ(estimate(job_).exit_code, kExitDone);
  job_.method.stride = {8, 8};
  EXPECT_THROW(estimate(job_), ConfigError);
}

TEST_F(LibraryRun, ReportsItsPhasesAndStopsWhenAsked) {
  std::vector<std::string> phases;
  Hooks hooks;
  hooks.progress = [&](const Progress& p) {
    if (p.finished) phases.emplace_back(p.phase);
    EXPECT_LE(p.done, p.total);
  };
  estimate(job_, hooks);
  EXPECT_EQ(phases, (std::vector<std::string>{"scan", "occlude", "average"}));
  hooks.stop = [] { return true; };
  job_.output.path = folder_ / "other.h5";
  EXPECT_THROW(estimate(job_, hooks), Interrupted);
}

}  // namespace
}  // namespace rfmap
