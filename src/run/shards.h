#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/folder.h"
#include "run/run.h"

/// Shards: processes that do a run together through nothing but its folder.
namespace rfmap::run {

/// What a shard's file says, for merge(), which is told the name of the results only.
struct ShardRecord {
  bool finished = false;
  std::string command_line;
  std::string working_folder;  ///< relative paths of the job start there
  std::string engine;          ///< its description
};

/// Writes the record and the shard's job. Throws EngineError (disk).
void write_shard(const RunFolder& folder, int shard, const ShardRecord& record, const Job& job);
/// Nothing where the shard has not begun. Throws DataError (damaged).
std::optional<ShardRecord> read_shard(const RunFolder& folder, int shard);
/// Throws ConfigError (missing, damaged).
Job read_shard_job(const RunFolder& folder, int shard);

/// The record of this process's shard while it runs.
ShardRecord describe_shard(const Job& job, const std::string& engine);

/// A shard with the files that others need of it.
struct AwaitedShard {
  int shard = 0;
  std::vector<std::string> files;
};

/// Waits until all files are there, at most run.output.wait seconds. Throws Interrupted, naming the
/// shards that are behind.
void await_shards(const Run& run, std::vector<AwaitedShard> shards);

/// "2", "2 and 3", "2, 3 and 5".
std::string listed(const std::vector<int>& numbers);

}  // namespace rfmap::run
