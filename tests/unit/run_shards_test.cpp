// What shards write of themselves, and how they wait for each other.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "run/shards.h"
#include "temporary_folder.h"

namespace rfmap::run {
namespace {

using testing::HasSubstr;

TEST(Shards, RecordAndJobReadBack) {
  TemporaryFolder temporary;
  const RunFolder folder(temporary.path() / "f.h5.parts", {{"--seed", "0"}},
                         RunFolder::Existing::resume, Shard{2, 3});
  EXPECT_FALSE(read_shard(folder, 2));
  Job job;
  job.inputs.model = "na\xefve \"net\".onnx";  // Latin-1
  job.inputs.images = {"a b", "c"};
  job.method.seed = 7;
  job.method.occluder = {9, 7};
  job.method.layers = {"conv*", "fc"};
  job.output.path = "fields.h5";
  job.machine.batch = 12;
  write_shard(folder, 2, {true, "rfmap estimate 'na\xefve'", "/work folder", "oneDNN"}, job);
  const auto record = read_shard(folder, 2);
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->finished);
  EXPECT_EQ(record->command_line, "rfmap estimate 'na\xefve'");
  EXPECT_EQ(record->working_folder, "/work folder");
  EXPECT_EQ(record->engine, "oneDNN");
  const Job back = read_shard_job(folder, 2);
  EXPECT_EQ(back.inputs.model, job.inputs.model);
  EXPECT_EQ(back.inputs.images, job.inputs.images);
  EXPECT_EQ(back.method.seed, 7u);
  EXPECT_EQ(back.method.occluder, (Size{9, 7}));
  EXPECT_EQ(back.method.layers, job.method.layers);
  EXPECT_EQ(back.machine.batch, 12);
  EXPECT_FALSE(back.output.shard);
  std::ofstream(folder.shard_file(2, ".json")) << "{";
  EXPECT_THROW(read_shard(folder, 2), DataError);
}

TEST(Shards, WaitForFilesNoLongerThanAllowed) {
  TemporaryFolder temporary;
  rfmap::run::Run run;
  run.output.wait = 0;
  const std::string here = temporary.write("scan-00000.h5", "x");
  EXPECT_NO_THROW(await_shards(run, {{1, {here}}, {2, {}}}));
  try {
    await_shards(run, {{1, {here}}, {2, {temporary / "a"}}, {5, {here, temporary / "b"}}});
    FAIL() << "no error";
  } catch (const Interrupted& error) {
    EXPECT_THAT(error.what(), HasSubstr("shards 2 and 5 have not"));
    EXPECT_THAT(error.what(), HasSubstr("--resume"));
  }
  run.output.wait = 1000;
  run.hooks.stop = [] { return true; };
  EXPECT_THROW(await_shards(run, {{2, {temporary / "a"}}}), Interrupted);
}

TEST(Shards, AreListed) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({2}), "2");
  EXPECT_EQ(listed({2, 3}), "2 and 3");
  EXPECT_EQ(listed({2, 3, 5}), "2, 3 and 5");
}

}  // namespace
}  // namespace rfmap::run
