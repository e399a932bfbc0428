#include "run/folder.h"

#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "rfmap/error.h"

#include "core/sha256.h"

namespace rfmap::run {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
constexpr const char* kRecord = "run.json";

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

/// Without this a power cut may leave an empty record beside hours of parts.
bool sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return synced;
}

void write_record(const fs::path& path, const Json& record) {
  const fs::path part = path.string() + ".part";
  std::ofstream file(part);
  file << record.dump(1) << "\n";
  file.close();
  if (!file || !sync(part))
    throw EngineError("cannot write " + part.string() + "; is the disk full?");
  fs::rename(part, path);
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

}  // namespace

std::string fingerprint_of(const Identity& identity) {
  std::string text;
  for (const auto& [name, value] : identity) text += name + "=" + value + "\n";
  return sha256_hex(text);
}

void require_same(const Identity& there, const Identity& here, const std::string& whose,
                  const char* hint) {
  if (there != here)
    throw ConfigError(whose + " that differs in " + first_difference(there, here) + "; " + hint);
}

Identity from_json(const std::string& text) {
  Identity identity;
  const Json json = Json::parse(text);
  for (const auto& [name, value] : json.items()) identity.emplace_back(name, value);
  return identity;
}

RunFolder::RunFolder(fs::path path, const Identity& identity, Existing existing)
    : path_(std::move(path)), fingerprint_(fingerprint_of(identity)) {
  if (existing == Existing::overwrite) fs::remove_all(path_);
  const fs::path file = path_ / kRecord;
  if (fs::exists(file)) {
    if (existing == Existing::refuse)
      throw ConfigError(
          path_.string() +
          " holds an unfinished run; continue it with --resume, or start again with --overwrite");
    require_same(identity_in(read_record(file)), identity,
                 path_.string() + " holds an unfinished run",
                 "repeat its options to continue, or start again with --overwrite");
    return;
  }
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw ConfigError("cannot create " + path_.string() + ": " + error.message());
  Json record{
      {"fingerprint", fingerprint_}, {"identity", Json::object()}, {"choices", Json::object()}};
  for (const auto& [name, value] : identity) record["identity"][name] = value;
  write_record(file, record);
}

int RunFolder::recorded_choice(const std::string& name) const {
  return read_record(path_ / kRecord)["choices"].value(name, 0);
}

void RunFolder::record_choice(const std::string& name, int value) {
  Json record = read_record(path_ / kRecord);
  record["choices"][name] = value;
  write_record(path_ / kRecord, record);
}

std::string RunFolder::scan_part(int block) const {
  return (path_ / fmt::format("scan-{:05}.h5", block)).string();
}

std::string RunFolder::part(Part kind, int index) const {
  const char* const name = kind == Part::map ? "maps" : "gradient";
  return (path_ / fmt::format("{}-{:05}.h5", name, index)).string();
}

std::vector<std::string> RunFolder::parts(Part kind) const {
  std::vector<std::string> paths;
  while (fs::exists(part(kind, int(paths.size())))) paths.push_back(part(kind, int(paths.size())));
  return paths;
}

/// From the end, so that what a kill leaves is still a run's folder.
void RunFolder::drop_parts(Part kind) {
  const std::vector<std::string> paths = parts(kind);
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) fs::remove(*path);
}

void RunFolder::drop_scan() {
  for (int block = 0; fs::remove(scan_part(block)); ++block) continue;
}

/// The record last.
void RunFolder::remove() {
  drop_parts(Part::gradient);
  drop_parts(Part::map);
  drop_scan();
  fs::remove_all(path_);
}

void RunFolder::remove_left_over(const fs::path& path, const Identity& identity) {
  const fs::path file = path / kRecord;
  if (!fs::exists(file) || identity_in(read_record(file)) != identity) return;
  RunFolder(path, identity, Existing::resume).remove();
}

}  // namespace rfmap::run
