// The folder of an unfinished run: who may use it, and what shards share.
#include <filesystem>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rfmap/error.h"

#include "run/folder.h"
#include "temporary_folder.h"

namespace rfmap::run {
namespace {

using testing::HasSubstr;
using enum RunFolder::Existing;

/// Holds a range of a lock's file in another process as long as it lives.
class OtherProcess {
 public:
  OtherProcess(const std::string& path, FileLock::Range range) {
    int ready[2];
    if (::pipe(ready) != 0 || ::pipe(end_) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    char byte = 0;
    if (child_ == 0) {
      ::close(end_[1]);
      const FileLock lock(path, range);
      const ssize_t told = ::write(ready[1], &byte, 1);
      ::_exit(told == 1 && ::read(end_[0], &byte, 1) == 0 ? 0 : 1);
    }
    ::close(ready[1]);
    ready_ = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
  }
  ~OtherProcess() {
    ::close(end_[1]);
    ::close(end_[0]);
    ::waitpid(child_, nullptr, 0);
  }
  bool ready() const { return ready_; }

 private:
  int end_[2] = {};
  pid_t child_ = -1;
  bool ready_ = false;
};

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Folder : public testing::Test {
 protected:
  RunFolder open(RunFolder::Existing existing, std::optional<Shard> shard = {},
                 const std::string& seed = "0") const {
    return {path_, {{"--seed", seed}}, existing, shard};
  }
  std::string refusal(const std::function<void()>& what) const {
    try {
      what();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }
  void touch(const std::string& path) const { std::ofstream(path) << "x"; }

  TemporaryFolder temporary_;
  std::filesystem::path path_ = temporary_.path() / "fields.h5.parts";
};

TEST_F(Folder, ShardsOfARunJoinItInAnyOrder) {
  for (const int index : {2, 1, 3}) {
    const RunFolder folder = open(refuse, Shard{index, 3});
    EXPECT_EQ(folder.shards(), 3);
    touch(folder.shard_file(index, ".json"));
  }
  EXPECT_THAT(refusal([&] { open(refuse, Shard{2, 3}); }), HasSubstr("shard 2 of 3 has begun"));
  EXPECT_EQ(refusal([&] { open(resume, Shard{2, 3}); }), "");
}

TEST_F(Folder, IsContinuedAsItWasDivided) {
  open(refuse, Shard{1, 3});
  EXPECT_THAT(refusal([&] {
                open(resume, Shard{1, 4});
              }),
              HasSubstr("continue it with --shard I/3"));
  EXPECT_THAT(refusal([&] { open(resume); }), HasSubstr("continue it with --shard I/3"));
  EXPECT_THAT(refusal([&] {
                open(resume, Shard{1, 3}, "9");
              }),
              HasSubstr("--seed (0 there, 9 here)"));
  EXPECT_EQ(refusal([&] { open(overwrite); }), "");
  EXPECT_THAT(refusal([&] { open(resume, Shard{1, 3}); }), HasSubstr("of one process"));
  EXPECT_THAT(refusal([&] { RunFolder::of_shards(path_); }), HasSubstr("no shards"));
}

TEST_F(Folder, PartsOfAnEarlierFormatAreRefused) {
  open(refuse, Shard{1, 1});
  std::string record = text_of(path_ / "run.json");
  const std::size_t at = record.find("rfmap-part-2");
  ASSERT_NE(at, record.npos);
  record.replace(at, 12, "rfmap-part-1");
  std::ofstream(path_ / "run.json") << record;
  const std::string named = "the format rfmap-part-1, this version's rfmap-part-2";
  EXPECT_THAT(refusal([&] { open(resume, Shard{1, 1}); }), HasSubstr(named));
  EXPECT_THAT(refusal([&] { RunFolder::of_shards(path_); }), HasSubstr(named));
  EXPECT_EQ(refusal([&] { open(overwrite); }), "");
  std::ofstream(path_ / "run.json") << R"({"shards": 0, "identity": {"--seed": "0"}})";
  EXPECT_THAT(refusal([&] { open(resume); }), HasSubstr(named));
}

TEST_F(Folder, MapsAreEachShardsOwnAndTheScanIsTheRuns) {
  const RunFolder first = open(resume, Shard{1, 2}), second = open(resume, Shard{2, 2});
  EXPECT_EQ(first.scan_part(4), second.scan_part(4));
  const auto part = [](const RunFolder& f, int i) { return f.part(RunFolder::Part::map, i); };
  for (const std::string& path : {part(first, 0), part(first, 1), part(second, 0)}) touch(path);
  EXPECT_EQ(second.parts(RunFolder::Part::map), std::vector<std::string>{part(second, 0)});
  const std::vector<std::string> all{part(first, 0), part(first, 1), part(second, 0)};
  EXPECT_EQ(RunFolder::of_shards(path_).parts_of_all(RunFolder::Part::map), all);
  touch(first.scan_part(0));
  const RunFolder again = open(overwrite, Shard{1, 2});
  EXPECT_TRUE(again.parts(RunFolder::Part::map).empty());
  EXPECT_TRUE(std::filesystem::exists(part(second, 0)));
  EXPECT_TRUE(std::filesystem::exists(first.scan_part(0)));
}

TEST_F(Folder, TheFirstChoiceCounts) {
  RunFolder first = open(resume, Shard{1, 2}), second = open(resume, Shard{2, 2});
  EXPECT_EQ(first.recorded_choice("batch"), 0);
  EXPECT_EQ(first.settle_choice("batch", 16), 16);
  EXPECT_EQ(second.settle_choice("batch", 8), 16);
  EXPECT_EQ(second.recorded_choice("batch"), 16);
  second.record_choice("batch", 4);
  EXPECT_EQ(first.recorded_choice("batch"), 4);
  EXPECT_EQ(first.recorded_choice("strategy"), 0);
}

TEST_F(Folder, OfSomethingElseIsLeftAlone) {
  std::filesystem::create_directory(path_);
  touch(path_ / "thesis.tex");
  for (const auto existing : {refuse, resume, overwrite})
    EXPECT_THAT(refusal([&] { open(existing); }), HasSubstr("not the folder of an unfinished run"));
  RunFolder::remove_left_over(path_, {{"--seed", "0"}});
  EXPECT_TRUE(std::filesystem::exists(path_ / "thesis.tex"));
}

TEST_F(Folder, OfAnotherRunIsNotALeftOver) {
  open(refuse);
  RunFolder::remove_left_over(path_, {{"--seed", "9"}});
  EXPECT_TRUE(std::filesystem::exists(path_));
  RunFolder::remove_left_over(path_, {{"--seed", "0"}});
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Folder, IsOneProcesssOrEachShardsOwn) {
  open(refuse, Shard{1, 2});
  const std::string lock = path_ / "lock";
  {
    const OtherProcess second(lock, {2, 1});
    ASSERT_TRUE(second.ready());
    EXPECT_EQ(refusal([&] { open(resume, Shard{1, 2}); }), "");
    EXPECT_THAT(refusal([&] { open(resume, Shard{2, 2}); }), HasSubstr("shard 2 is at work"));
    EXPECT_THAT(refusal([&] { open(overwrite); }), HasSubstr("shard 2 is at work"));
    EXPECT_THAT(refusal([&] { RunFolder::of_shards(path_); }), HasSubstr("shard 2 is at work"));
  }
  const OtherProcess merging(lock, {0, 0});
  ASSERT_TRUE(merging.ready());
  EXPECT_THAT(refusal([&] { open(resume, Shard{1, 2}); }), HasSubstr("another rfmap is at work"));
}

std::vector<std::string> names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) names.push_back(std::filesystem::path(path).filename());
  return names;
}

TEST_F(Folder, PartsOfAllRanksAreContinuedByAnyNumberOfThem) {
  using enum RunFolder::Part;
  const RunFolder first = open(refuse);
  const RunFolder second = RunFolder::of_rank(path_, first.identity(), 2);
  EXPECT_EQ(second.fingerprint(), first.fingerprint());
  EXPECT_EQ(second.next_part(map), 0);
  for (const std::string& path : {first.part(map, 0), second.part(map, 0), second.part(map, 4),
                                  second.part(gradient, 1), first.part(map, 3) + ".part"})
    touch(path);
  for (const char* name : {"maps-1of3-00000.h5", "mapsx.h5", "maps-rank2-x.h5"})
    touch((path_ / name).string());
  for (const RunFolder* folder : {&first, &second})
    EXPECT_THAT(
        names(folder->parts(map)),
        testing::ElementsAre("maps-00000.h5", "maps-rank2-00000.h5", "maps-rank2-00004.h5"));
  EXPECT_THAT(names(first.own_parts(map)), testing::ElementsAre("maps-00000.h5"));
  EXPECT_THAT(names(second.own_parts(map)),
              testing::ElementsAre("maps-rank2-00000.h5", "maps-rank2-00004.h5"));
  EXPECT_EQ(first.next_part(map), 1);
  EXPECT_EQ(first.next_part(gradient), 0);
  EXPECT_EQ(second.next_part(map), 5);
  EXPECT_EQ(second.next_part(gradient), 2);
}

TEST_F(Folder, RanksNeedOneThatTheySee) {
  EXPECT_THAT(refusal([&] { RunFolder::of_rank(path_, {}, 1); }), HasSubstr("is not seen here"));
}

/// What holds a lock for another process that asks for it.
std::optional<int> held_for_another(const std::string& path, FileLock::Range range) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(FileLock(path, range).held_elsewhere() ? 1 : 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status) == 0 ? std::nullopt : std::optional(1);
}

TEST_F(Folder, RanksOfOneJobEnterTogetherAndNoOtherJob) {
  constexpr FileLock::Range kAll{0, 0}, kAnotherRank{(1 << 20) + 1, 1};
  const std::string lock = (path_ / "lock").string();
  {
    RunFolder first = open(refuse);
    EXPECT_TRUE(held_for_another(lock, kAnotherRank));
    first.admit_ranks();
    EXPECT_FALSE(held_for_another(lock, kAnotherRank));
    EXPECT_TRUE(held_for_another(lock, kAll));
  }
  EXPECT_FALSE(held_for_another(lock, kAll));
  const OtherProcess left_over(lock, kAnotherRank);  // a rank that outlived rank 0
  ASSERT_TRUE(left_over.ready());
  EXPECT_THAT(refusal([&] { open(resume); }), HasSubstr("another rfmap is at work"));
}

}  // namespace
}  // namespace rfmap::run
