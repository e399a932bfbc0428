#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "app/commands.h"
#include "app/signals.h"
#include "app_files.h"

namespace rfmap::app {
namespace {

using testing::HasSubstr;

struct Answer {
  int code = 0;
  std::string out, err;
};

Answer answer_to(const Texts& args) {
  Answer a;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  a.code = run_program(args);
  a.out = testing::internal::GetCapturedStdout();
  a.err = testing::internal::GetCapturedStderr();
  return a;
}

void expect_usage_error(const Texts& args, const std::string& part) {
  const Answer a = answer_to(args);
  EXPECT_EQ(a.code, kExitUsage);
  EXPECT_EQ(a.out, "");
  EXPECT_THAT(a.err, testing::StartsWith("rfmap: "));
  EXPECT_THAT(a.err, HasSubstr(part));
  EXPECT_EQ(std::count(a.err.begin(), a.err.end(), '\n'), 1) << a.err;
}

TEST(Program, RefusesWhatIsNoCommand) {
  expect_usage_error({}, "no command given");
  expect_usage_error({"nothing"},
                     "estimate, plan, merge, theory, gradient, aggregate, summary, check");
  expect_usage_error({"summaryx", "x.h5"}, "did you mean summary?");
  expect_usage_error({"--verbose"}, "unknown option");
  expect_usage_error({"devices", "cpu"}, "unexpected argument");
  expect_usage_error({"summary"}, "no results file");
  expect_usage_error({"check", "absent.h5"}, "absent.h5: no such file");
}

TEST(Program, HelpNamesEveryCommandAndEachHasItsOwn) {
  const Answer all = answer_to({"--help"});
  EXPECT_EQ(all.code, 0);
  ASSERT_EQ(commands().size(), 11u);
  for (const Command& c : commands()) {
    EXPECT_THAT(all.out, HasSubstr(c.info.name));
    const Answer one = answer_to({c.info.name, "--help"});
    EXPECT_EQ(one.code, 0);
    EXPECT_THAT(one.out, HasSubstr("Example:\n  rfmap " + c.info.name));
    EXPECT_EQ(one.err, "");
  }
}

TEST(Program, EstimateHelpShowsThePresetsValues) {
  const Answer a = answer_to({"estimate", "--help"});
  EXPECT_THAT(a.out, HasSubstr("--channels bgr --mean 104,117,123"));
}

TEST(Program, VersionNamesTheLibraries) {
  const Answer a = answer_to({"--version"});
  EXPECT_EQ(a.code, 0);
  EXPECT_THAT(a.out, testing::MatchesRegex("rfmap [0-9]+\\.[0-9]+\\.[0-9]+\n(.|\n)*"));
  for (const char* library :
       {"HDF5", "oneDNN", "OpenCV", "Protobuf", "CLI11", "toml\\+\\+", "spdlog"})
    EXPECT_THAT(a.out, testing::ContainsRegex(std::string(library) + " +[0-9]+\\.[0-9]+"));
}

TEST(Program, CommandLineWinsOverTheFileAndPrintConfigRepeatsTheRun) {
  TemporaryFolder folder;
  const std::string file = write_text(folder / "run.toml",
                                      "model = \"net.onnx\"\nimages = [\"a\", \"b\"]\n"
                                      "preset = \"caffe\"\ntop-k = 5\nstride = 6\n"
                                      "layers = [\"x\"]\nout = \"o.h5\"\n");
  const Answer once = answer_to(
      {"estimate", "--config", file, "--top-k", "9", "--layers", "y,z", "--print-config"});
  EXPECT_EQ(once.code, 0) << once.err;
  for (const char* line : {"top-k = 9\n", "stride = [6, 6]\n", "layers = [\"y\", \"z\"]\n",
                           "size-cut = 0.1\n", "preset = \"caffe\"\n", "# mean =\n"})
    EXPECT_THAT(once.out, HasSubstr(line));
  const std::string again = write_text(folder / "again.toml", once.out);
  EXPECT_EQ(answer_to({"estimate", "--config", again, "--print-config"}).out, once.out);
}

TEST(Program, EstimateChecksItsOutputFirst) {
  TemporaryFolder folder;
  const std::string old = write_text(folder / "old.h5", "old");
  const Texts run{"estimate", "--model",  "absent.onnx", "--images",
                  "absent",   "--preset", "raw",         "--out"};
  const auto with = [&](const std::string& out) {
    Texts args = run;
    args.push_back(out);
    return args;
  };
  expect_usage_error(with(old), "--overwrite");
  expect_usage_error(with(folder / "no/new.h5"), "does not exist");
}

TEST(Program, LogFileGetsTheErrorToo) {
  TemporaryFolder folder;
  const std::string log = folder / "run.log";
  const Answer a = answer_to({"estimate", "--model", "absent.onnx", "--images", "x", "--preset",
                              "raw", "--out", folder / "no/new.h5", "--log-file", log, "--quiet"});
  EXPECT_EQ(a.code, kExitUsage);
  EXPECT_THAT(read_text(log), HasSubstr("does not exist"));
  expect_usage_error({"estimate", "--model", "m", "--images", "x", "--preset", "raw", "--out",
                      "o.h5", "--log-file", folder / "no/run.log"},
                     "--log-file");
}

TEST(SignalsDeathTest, FirstCtrlCAsksSecondKills) {
  EXPECT_EXIT(
      {
        install_stop_handlers();
        std::raise(SIGINT);
        if (!stop_requested()) std::exit(7);
        std::raise(SIGINT);
        std::exit(8);
      },
      testing::KilledBySignal(SIGINT), "stopping");
}

}  // namespace
}  // namespace rfmap::app
