#include "run/shards.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "rfmap/error.h"

#include "core/duration.h"
#include "core/log.h"
#include "core/utf8.h"
#include "method/declared.h"
#include "method/toml_file.h"
#include "run/phase_progress.h"
#include "run/whole_file.h"

namespace rfmap::run {

using namespace core;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Looking for files: often at first, then seldom, for the sake of network file systems.
constexpr Seconds kShortest{0.2}, kLongest{5};

std::vector<int> numbers_of(const std::vector<AwaitedShard>& shards) {
  std::vector<int> numbers;
  for (const AwaitedShard& s : shards) numbers.push_back(s.shard);
  return numbers;
}

/// Forgets the files that are there up to the first that is missing, and shards that lack none: a
/// look at each of thousands of files, by every shard, would be too much for the folder's server.
void look_again(std::vector<AwaitedShard>& shards) {
  for (AwaitedShard& s : shards) {
    const auto missing =
        std::ranges::find_if_not(s.files, [](const std::string& file) { return fs::exists(file); });
    s.files.erase(s.files.begin(), missing);
  }
  std::erase_if(shards, [](const AwaitedShard& s) { return s.files.empty(); });
}

/// Sleeps in short steps, so that a signal is noticed.
void sleep_for(Seconds time, const Hooks& hooks) {
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
    stop_if_asked(hooks, "interrupted while waiting for other shards");
    std::this_thread::sleep_for(kShortest);
  }
}

std::string shards_text(const std::vector<AwaitedShard>& shards) {
  return (shards.size() == 1 ? "shard " : "shards ") + listed(numbers_of(shards));
}

}  // namespace

std::string listed(const std::vector<int>& numbers) {
  if (numbers.size() < 2) return fmt::format("{}", fmt::join(numbers, ""));
  return fmt::format("{} and {}", fmt::join(numbers.begin(), numbers.end() - 1, ", "),
                     numbers.back());
}

void write_shard(const RunFolder& folder, int shard, const ShardRecord& record, const Job& job) {
  Job copy = job;
  write_whole(folder.shard_file(shard, ".toml"), method::to_toml(method::job_options(copy)));
  const nlohmann::ordered_json json{{"finished", record.finished},
                                    {"command_line", utf8_of_bytes(record.command_line)},
                                    {"working_folder", utf8_of_bytes(record.working_folder)},
                                    {"engine", utf8_of_bytes(record.engine)}};
  write_whole(folder.shard_file(shard, ".json"), json.dump(1) + "\n");
}

std::optional<ShardRecord> read_shard(const RunFolder& folder, int shard) {
  const std::string path = folder.shard_file(shard, ".json");
  if (!fs::exists(path)) return std::nullopt;
  std::ifstream file(path);
  try {
    const auto json = nlohmann::ordered_json::parse(file);
    const auto text = [&](const char* name) {
      return bytes_of_utf8(json.at(name).get<std::string>());
    };
    return ShardRecord{json.at("finished").get<bool>(), text("command_line"),
                       text("working_folder"), text("engine")};
  } catch (const nlohmann::json::exception&) {
    throw DataError(path + ": damaged; remove it and start the shard again with --resume");
  }
}

Job read_shard_job(const RunFolder& folder, int shard) {
  Job job;
  const method::Options options = method::job_options(job);
  const method::GivenOptions given = method::read_toml(folder.shard_file(shard, ".toml"), options);
  for (const method::Option& o : options)
    if (const auto at = given.find(o.name); at != given.end()) o.set(at->second);
  return job;
}

ShardRecord describe_shard(const Job& job, const std::string& engine) {
  return {false, job.output.command_line, fs::current_path().string(), engine};
}

void await_shards(const Run& run, std::vector<AwaitedShard> shards) {
  const auto start = Clock::now();
  std::size_t told = 0;
  for (look_again(shards); !shards.empty(); look_again(shards)) {
    const Seconds waited = Clock::now() - start, limit(run.output.wait);
    if (waited >= limit)
      throw Interrupted(fmt::format(
          "{} not scanned all their images yet; this shard's own scan is kept: start it again with "
          "--resume when they have (waited {} s, --wait)",
          shards_text(shards) + (shards.size() == 1 ? " has" : " have"), run.output.wait));
    if (shards.size() != told)
      log::info("waiting for the scan of {}, at most {}", shards_text(shards),
                format_duration((limit - waited).count()));
    told = shards.size();
    sleep_for(std::min({std::clamp(waited / 10, kShortest, kLongest), limit - waited}), run.hooks);
  }
}

}  // namespace rfmap::run
