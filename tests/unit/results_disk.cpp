#include <csignal>
#include <fstream>
#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "results/parts.h"
#include "unit/results_sample.h"

namespace rfmap {
using namespace results;
namespace {

using testing::HasSubstr;

/// Output and exit status of a separate process: limits, mounts and HDF5's state at exit do not
/// affect the test's process.
struct Ending {
  std::string output;
  int status = -1;
};

Ending in_child(const std::function<std::string()>& act) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::dup2(pipe_ends[1], STDERR_FILENO);
    const std::string said = act();
    std::printf("%s", said.c_str());
    std::fflush(stdout);
    std::exit(0);  // not _exit: HDF5's clean-up at the end of a process is part of the test
  }
  ::close(pipe_ends[1]);
  Ending ending;
  char block[4096];
  for (ssize_t n; (n = ::read(pipe_ends[0], block, sizeof block)) > 0;)
    ending.output.append(block, std::size_t(n));
  ::close(pipe_ends[0]);
  ::waitpid(child, &ending.status, 0);
  return ending;
}

std::string sentence_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return std::to_string(error.exit_code()) + " " + error.what();
  }
  return "no error";
}

std::string under_limit(rlim_t bytes, const std::function<void()>& act) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  return sentence_of(act);
}

TEST(ResultsDisk, AFileThatMayNotGrowEndsInOneSentence) {
  int cases = 0;
  for (rlim_t bytes : {0, 100, 5000, 20'000, 60'000, 100'000, 130'000}) {
    const TemporaryFolder folder;
    const Ending ending =
        in_child([&] { return under_limit(bytes, [&] { sample::write(folder / "r.h5", true); }); });
    EXPECT_EQ(ending.status, 0) << bytes;
    EXPECT_EQ(ending.output,
              "1 " + (folder / "r.h5") +
                  ": cannot be written: File too large; raise the limit on the size of "
                  "files (ulimit -f)");
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    ++cases;
  }
  EXPECT_EQ(cases, 7);
}

TEST(ResultsDisk, APartThatMayNotGrowEndsInOneSentence) {
  const TemporaryFolder folder;
  const Ending ending = in_child([&] {
    return under_limit(30'000, [&] {
      PartWriter writer(folder / "p.h5", "f", 0, 1000);
      std::mt19937 draw;
      std::vector<float> change(1000);
      for (int i = 0; i < 100; ++i) {
        for (float& v : change) v = float(draw());
        writer.add(i, change, 0);
      }
      writer.commit();
    });
  });
  EXPECT_EQ(ending.status, 0);
  EXPECT_EQ(ending.output,
            "1 " + (folder / "p.h5") +
                ": cannot be written: File too large; raise the limit on the size of "
                "files (ulimit -f)");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ResultsDisk, AFullDiskIsSaidAndLeavesNothing) {
  const TemporaryFolder folder;
  if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "this process may not mount a small disk";
  const Ending ending =
      in_child([&] { return sentence_of([&] { sample::write(folder / "r.h5", true); }); });
  EXPECT_EQ(ending.status, 0);
  EXPECT_THAT(ending.output,
              HasSubstr("1 " + (folder / "r.h5") + ": cannot be written: No space left on device"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  ::umount(folder.path().c_str());
}

TEST(ResultsDisk, AnOlderFileStaysWhereTheNewOneFails) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", false);
  in_child([&] { return under_limit(50'000, [&] { sample::write(folder / "r.h5", true); }); });
  EXPECT_THAT(check_results(folder / "r.h5"), testing::IsEmpty());
}

TEST(ResultsDisk, WhatCannotBeCreatedIsWrongUse) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const auto said = [&](const std::string& name) {
    return sentence_of([&] { sample::write(folder / name, false); });
  };
  EXPECT_THAT(said("none/r.h5"), HasSubstr("none/r.h5: cannot be created: No such file"));
  EXPECT_THAT(said("file/r.h5"), HasSubstr("file/r.h5: cannot be created: Not a directory"));
  EXPECT_THAT(said(""), HasSubstr("is a folder"));
  for (const char* name : {"none/r.h5", "file/r.h5", ""}) EXPECT_EQ(said(name)[0], '2') << name;
}

TEST(ResultsDisk, AFolderWithoutWritePermissionIsWrongUse) {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  const Ending ending = in_child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return std::string("cannot drop rights");
    return sentence_of([&] { sample::write(folder / "r.h5", false); });
  });
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  EXPECT_THAT(ending.output,
              HasSubstr("2 " + (folder / "r.h5") + ": cannot be created: Permission denied"));
}

}  // namespace
}  // namespace rfmap
