#include "run/folder.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "rfmap/error.h"

#include "core/disk.h"
#include "core/sha256.h"
#include "results/parts.h"
#include "run/whole_file.h"

namespace rfmap::run {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
constexpr const char* kRecord = "run.json";
constexpr const char* kLock = "lock";
constexpr const char* kRankOwner = "-rank";  // in names of parts, before its number
// Bytes of the lock: 0 is the run's, a shard has that of its number, a rank one behind them.
constexpr FileLock::Range kAll{0, 0}, kRun{0, 1};
constexpr int kFirstRank = 1 << 20;

Json read_record(const fs::path& path) {
  std::ifstream file(path);
  try {
    return Json::parse(file);
  } catch (const Json::exception&) {
    throw DataError(path.string() +
                    " cannot be read, so the unfinished run cannot be "
                    "continued; start again with --overwrite");
  }
}

Identity identity_in(const Json& record) { return from_json(record["identity"].dump()); }

/// "--stride (3 there, 6 here)" for the first entry that is not equal.
std::string first_difference(const Identity& there, const Identity& here) {
  for (std::size_t i = 0; i < here.size(); ++i) {
    const bool same_entry = i < there.size() && there[i].first == here[i].first;
    const std::string other = same_entry ? there[i].second : "nothing";
    if (other != here[i].second)
      return fmt::format("{} ({} there, {} here)", here[i].first, other, here[i].second);
  }
  return "an entry that this version does not know";
}

/// False for a folder with files that no run writes before its record.
bool may_become_runs(const fs::path& path) {
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(path, missing)) {
    const fs::path name = entry.path().filename();
    if (name != kLock && name.extension() != ".part") return false;
  }
  return true;
}

/// All but the lock, the record last: what a kill leaves is still a run's folder. Parts go from the
/// end, so that those that stay are numbered without a gap.
void clear_folder(const fs::path& path) {
  std::vector<fs::path> rest;
  for (const auto& entry : fs::directory_iterator(path))
    if (const fs::path name = entry.path().filename(); name != kLock && name != kRecord)
      rest.push_back(entry.path());
  std::sort(rest.rbegin(), rest.rend());
  for (const fs::path& file : rest) fs::remove_all(file);
  fs::remove(path / kRecord);
}

void create_record(const fs::path& path, const Identity& identity, int shards,
                   const std::string& owner) {
  Json record{{"fingerprint", fingerprint_of(identity)},
              {"shards", shards},
              {"parts", results::kMapPartFormat},
              {"identity", Json::object()}};
  for (const auto& [name, value] : identity) record["identity"][name] = value;
  create_whole(path / kRecord, record.dump(1) + "\n", owner);
}

/// Parts of another format would be misread.
void require_format(const fs::path& path, const Json& record) {
  const std::string there = record.value("parts", "rfmap-part-1");
  if (there != results::kMapPartFormat)
    throw ConfigError(fmt::format(
        "{} holds an unfinished run of another version of rfmap (its parts have the format {}, "
        "this "
        "version's {}); finish it with that version, or remove the folder to start again",
        path.string(), there, results::kMapPartFormat));
}

/// Shards of a run, 0 for a run of one process: a folder is continued as it was divided.
void require_division(const fs::path& path, int there, int here) {
  if (there == here) return;
  const std::string held =
      there == 0 ? path.string() +
                       " holds the unfinished run of one process; continue it without "
                       "--shard"
                 : fmt::format("{} holds a run of {} shard(s); continue it with --shard I/{}",
                               path.string(), there, there);
  throw ConfigError(held + (here == 0 ? ", or start again with --overwrite"
                                      : ", or remove the folder to divide it anew"));
}

const char* part_word(RunFolder::Part kind) {
  return kind == RunFolder::Part::map ? "maps" : "gradient";
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "maps-00003" and "maps-rank2-00003", not "maps-1of3-00003".
bool is_of_ranks(const std::string& stem) {
  const std::size_t owner = stem.find('-'), number = stem.rfind('-');
  if (number == stem.npos || !is_all_digits(std::string_view(stem).substr(number + 1)))
    return false;
  return owner == number || stem.compare(owner, std::strlen(kRankOwner), kRankOwner) == 0;
}

}  // namespace

std::string fingerprint_of(const Identity& identity) {
  std::string text;
  for (const auto& [name, value] : identity)
    text.append(name).append("=").append(value).append("\n");
  return core::sha256_hex(text);
}

void require_same(const Identity& there, const Identity& here, const std::string& whose,
                  const char* hint) {
  if (there != here)
    throw ConfigError(whose + " that differs in " + first_difference(there, here) + "; " + hint);
}

std::string json_of(const Identity& identity) {
  auto json = Json::object();
  for (const auto& [name, value] : identity) json[name] = value;
  return json.dump();
}

Identity from_json(const std::string& text) {
  Identity identity;
  try {
    const Json json = Json::parse(text);
    for (const auto& [name, value] : json.items())
      identity.emplace_back(name, value.get<std::string>());
  } catch (const Json::exception&) {
    throw DataError(
        "what is recorded of the run's options is damaged; start again with --overwrite");
  }
  return identity;
}

bool RunFolder::holds_run(const fs::path& path) { return fs::exists(path / kRecord); }

RunFolder::RunFolder(fs::path path, const Identity& identity, Existing existing,
                     const std::optional<Shard>& shard)
    : path_(std::move(path)),
      identity_(identity),
      fingerprint_(fingerprint_of(identity)),
      shard_(shard ? shard->index : 0),
      shards_(shard ? shard->count : 0),
      owner_(owner_of(shard_)) {
  // In this order: another shard may create the record meanwhile, and before all other files.
  if (!may_become_runs(path_) && !holds_run(path_))
    throw ConfigError(path_.string() +
                      " exists and is not the folder of an unfinished run; move it away");
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) core::throw_unwritable(path_.string(), "created", error.value());
  lock(shard ? FileLock::Range{shard_, 1} : kAll);
  if (existing == Existing::overwrite && !shard) clear_folder(path_);
  const bool created = !holds_run(path_);
  if (created) create_record(path_, identity, shards_, owner_);
  const Json record = read_record(path_ / kRecord);
  require_format(path_, record);
  require_division(path_, record.value("shards", 0), shards_);
  if (existing == Existing::refuse && !shard && !created)
    throw ConfigError(
        path_.string() +
        " holds an unfinished run; continue it with --resume, or start again with --overwrite");
  require_same(identity_in(record), identity, path_.string() + " holds an unfinished run",
               shard ? "repeat its options to continue, or remove the folder to start again"
                     : "repeat its options to continue, or start again with --overwrite");
  if (shard) begin_shard(existing);
}

void RunFolder::admit_ranks() { lock_->keep(kRun); }

RunFolder RunFolder::of_rank(const fs::path& path, const Identity& identity, int rank) {
  RunFolder folder;
  folder.path_ = path;
  folder.identity_ = identity;
  folder.fingerprint_ = fingerprint_of(identity);
  folder.owner_ = fmt::format("{}{}", kRankOwner, rank);
  if (!holds_run(path))
    throw ConfigError(
        path.string() +
        " is not seen here; all ranks need an --out on a file system that they share");
  folder.lock({kFirstRank + rank, 1});
  return folder;
}

RunFolder RunFolder::of_shards(const fs::path& path) {
  const Json record = read_record(path / kRecord);
  require_format(path, record);
  RunFolder folder;
  folder.path_ = path;
  folder.identity_ = identity_in(record);
  folder.fingerprint_ = fingerprint_of(folder.identity_);
  folder.shards_ = record.value("shards", 0);
  if (folder.shards_ == 0)
    throw ConfigError(path.string() +
                      " holds the unfinished run of one process, no shards; continue it by rfmap "
                      "estimate with --resume");
  folder.lock(kAll);
  return folder;
}

void RunFolder::lock(FileLock::Range range) {
  lock_ = std::make_shared<FileLock>((path_ / kLock).string(), range);
  const std::optional<int> held = lock_->held_elsewhere();
  if (!held) return;
  throw ConfigError(
      *held == 0 || *held >= kFirstRank
          ? "another rfmap is at work in " + path_.string() + "; wait for it"
          : fmt::format("shard {} is at work in {}; wait for it", *held, path_.string()));
}

/// What the shard itself did before: its blocks of the scan are the run's, and stay.
void RunFolder::begin_shard(Existing existing) {
  const std::string record = shard_file(shard_, ".json");
  if (existing == Existing::refuse && fs::exists(record))
    throw ConfigError(
        fmt::format("shard {} of {} has begun in {}; continue it with --resume, or "
                    "start it again with --overwrite",
                    shard_, shards_, path_.string()));
  if (existing != Existing::overwrite) return;
  fs::remove(record);
  drop_parts(Part::gradient);
  drop_parts(Part::map);
}

fs::path RunFolder::choice_file(const std::string& name) const {
  return path_ / ("choice-" + name);
}

int RunFolder::recorded_choice(const std::string& name) const {
  int value = 0;
  std::ifstream(choice_file(name)) >> value;
  return value;
}

void RunFolder::record_choice(const std::string& name, int value) {
  write_whole(choice_file(name), fmt::format("{}\n", value), owner_);
}

int RunFolder::settle_choice(const std::string& name, int value) {
  create_whole(choice_file(name), fmt::format("{}\n", value), owner_);
  return recorded_choice(name);
}

std::string RunFolder::owner_of(int shard) const {
  return shard == 0 ? "" : fmt::format("-{}of{}", shard, shards_);
}

std::string RunFolder::scan_part(int block) const {
  return (path_ / fmt::format("scan-{:05}.h5", block)).string();
}

std::string RunFolder::part_of(const std::string& owner, Part kind, int index) const {
  return (path_ / fmt::format("{}{}-{:05}.h5", part_word(kind), owner, index)).string();
}

std::string RunFolder::part(Part kind, int index) const { return part_of(owner_, kind, index); }

std::string RunFolder::shard_file(int shard, const char* ending) const {
  return (path_ / fmt::format("shard{}{}", owner_of(shard), ending)).string();
}

std::vector<std::string> RunFolder::parts_of(const std::string& owner, Part kind) const {
  std::vector<std::string> paths;
  const auto next = [&] { return part_of(owner, kind, int(paths.size())); };
  while (fs::exists(next())) paths.push_back(next());
  return paths;
}

int RunFolder::next_part(Part kind) const {
  int next = 0;
  const std::string start = fmt::format("{}{}-", part_word(kind), owner_);
  for (const std::string& path : names(start)) {
    const std::string number = fs::path(path).stem().string().substr(start.size());
    if (is_all_digits(number)) next = std::max(next, std::stoi(number) + 1);
  }
  return next;
}

std::vector<std::string> RunFolder::parts(Part kind) const {
  if (shard_ > 0) return parts_of(owner_, kind);
  std::vector<std::string> paths = names(part_word(kind));
  std::erase_if(paths, [](const std::string& path) { return !is_of_ranks(fs::path(path).stem()); });
  return paths;
}

std::vector<std::string> RunFolder::own_parts(Part kind) const {
  const std::string start = fmt::format("{}{}-", part_word(kind), owner_);
  std::vector<std::string> paths = names(start);
  std::erase_if(paths, [&](const std::string& path) {
    return !is_all_digits(fs::path(path).stem().string().substr(start.size()));
  });
  return paths;
}

/// Paths of the committed files whose names start so, in order.
std::vector<std::string> RunFolder::names(const std::string& start) const {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(path_))
    if (const fs::path name = entry.path().filename();
        name.extension() == ".h5" && name.string().starts_with(start))
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> RunFolder::parts_of_all(Part kind) const {
  std::vector<std::string> all;
  for (int shard = 1; shard <= shards_; ++shard)
    for (std::string& path : parts_of(owner_of(shard), kind)) all.push_back(std::move(path));
  return all;
}

/// From the end, so that what a kill leaves is numbered without a gap.
void RunFolder::drop_parts(Part kind) {
  const std::vector<std::string> paths = parts(kind);
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) fs::remove(*path);
}

void RunFolder::drop_scan() {
  for (const std::string& path : names("scan-")) fs::remove(path);
}

/// Unlocks before the lock's file goes: some network file systems keep open files in their folder.
void RunFolder::remove() {
  clear_folder(path_);
  lock_.reset();
  fs::remove_all(path_);
}

void RunFolder::remove_left_over(const fs::path& path, const Identity& identity) {
  const fs::path file = path / kRecord;
  std::error_code ignored;
  if (!fs::exists(file)) {
    if (may_become_runs(path)) fs::remove_all(path, ignored);
    return;
  }
  const Json record = read_record(file);
  if (identity_in(record) != identity) return;
  RunFolder folder;
  folder.path_ = path;
  folder.lock(kAll);
  folder.remove();
}

}  // namespace rfmap::run
