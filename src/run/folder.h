#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rfmap/method.h"

#include "run/file_lock.h"

namespace rfmap::run {

using Identity = std::vector<std::pair<std::string, std::string>>;

std::string fingerprint_of(const Identity& identity);
/// Throws ConfigError unless equal: "WHOSE that differs in --stride (3 there, 6 here); HINT".
void require_same(const Identity& there, const Identity& here, const std::string& whose,
                  const char* hint);
std::string json_of(const Identity& identity);
Identity from_json(const std::string& text);

/// OUT.parts: what an unfinished run has committed. run.json ties it to the run by a fingerprint of
/// everything that changes results; parts are files that were renamed when whole. The shards of a
/// run share the folder: blocks of the scan are the run's, maps and gradients each shard's own.
/// Ranks of a job share it too; each writes parts of its own, and any number of ranks continues
/// those of any other.
class RunFolder {
 public:
  /// What happens to an unfinished run that is there.
  enum class Existing { refuse, resume, overwrite };
  /// Opens or creates the folder and locks it: for this process alone, or a shard's share of it.
  /// One of another identity is not resumed: ConfigError naming the first difference. ConfigError
  /// too: a folder that is no run's, one that another process works in, one that is divided
  /// differently. A shard overwrites its own maps and gradients only.
  RunFolder(std::filesystem::path path, const Identity& identity, Existing existing,
            const std::optional<Shard>& shard = std::nullopt);
  /// Lets the other ranks of a job in, which has opened it as one process does.
  void admit_ranks();
  /// What admit_ranks() lets in; `rank` is not 0. Throws ConfigError where it is not seen.
  static RunFolder of_rank(const std::filesystem::path& path, const Identity& identity, int rank);
  /// The folder of a run's shards, none of which is at work. Throws ConfigError: there are none.
  static RunFolder of_shards(const std::filesystem::path& path);
  static bool holds_run(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const Identity& identity() const { return identity_; }
  const std::string& fingerprint() const { return fingerprint_; }
  /// How many shards share the run; 0: it is one process's.
  int shards() const { return shards_; }
  /// Choices that timing or memory made are made once per run: 0 when it is not made yet.
  int recorded_choice(const std::string& name) const;
  void record_choice(const std::string& name, int value);
  /// Records the choice unless it is made already, maybe by another shard; the one that counts.
  int settle_choice(const std::string& name, int value);

  /// What a part holds of its pairs: change maps or gradients.
  enum class Part { map, gradient };
  std::string scan_part(int block) const;
  std::string part(Part kind, int index) const;
  /// The number of this process's next one.
  int next_part(Part kind) const;
  /// Committed ones that this process continues: its shard's, or those of all ranks.
  std::vector<std::string> parts(Part kind) const;
  /// Those of them that this rank has made.
  std::vector<std::string> own_parts(Part kind) const;
  /// Of all shards.
  std::vector<std::string> parts_of_all(Part kind) const;
  /// What a shard says of itself (run/shards.h); `ending` is .json or .toml.
  std::string shard_file(int shard, const char* ending) const;
  /// Removes what parts() gives.
  void drop_parts(Part kind);
  void drop_scan();
  /// A block of the scan is committed.
  bool has_scan() const { return !names("scan-").empty(); }
  /// Unlocks; some network file systems keep files that a process has open.
  void leave() { lock_.reset(); }
  /// After the results file stands under its name.
  void remove();
  /// What a run that was killed while it removed its folder has left; other runs' stays.
  static void remove_left_over(const std::filesystem::path& path, const Identity& identity);

 private:
  RunFolder() = default;
  void lock(FileLock::Range range);
  void begin_shard(Existing existing);
  /// "-2of3" for shard 2, "" for 0: a run of one process.
  std::string owner_of(int shard) const;
  std::string part_of(const std::string& owner, Part kind, int index) const;
  std::vector<std::string> parts_of(const std::string& owner, Part kind) const;
  std::vector<std::string> names(const std::string& start) const;
  std::filesystem::path choice_file(const std::string& name) const;

  std::filesystem::path path_;
  Identity identity_;
  std::string fingerprint_;
  int shard_ = 0, shards_ = 0;
  std::string owner_;  ///< of this process, in names of its parts
  std::shared_ptr<FileLock> lock_;
};

}  // namespace rfmap::run
