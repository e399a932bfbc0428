#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"
#include "rfmap/estimate.h"

#include "core/log.h"
#include "core/parallel.h"
#include "run/fields.h"
#include "run/image_versions.h"
#include "run/jobs.h"
#include "run/record.h"
#include "run/scan.h"
#include "run/shards.h"

namespace rfmap {
using namespace results;
using namespace run;
namespace {

namespace fs = std::filesystem;

std::string value_in(const Identity& identity, const std::string& name) {
  for (const auto& [entry, value] : identity)
    if (entry == name) return value;
  return "";
}

/// Records of all shards, shard 1 first. Throws ConfigError naming those that are not there.
std::vector<ShardRecord> finished_shards(const RunFolder& folder) {
  std::vector<ShardRecord> records;
  std::vector<int> missing, unfinished;
  for (int shard = 1; shard <= folder.shards(); ++shard) {
    const std::optional<ShardRecord> record = read_shard(folder, shard);
    if (!record)
      missing.push_back(shard);
    else if (!record->finished)
      unfinished.push_back(shard);
    else
      records.push_back(*record);
  }
  std::string text;
  if (!missing.empty()) text += fmt::format("; not begun: {}", listed(missing));
  if (!unfinished.empty()) text += fmt::format("; not finished: {}", listed(unfinished));
  if (text.empty()) return records;
  throw ConfigError(
      fmt::format("{} holds {} of {} shards{}; start these with --resume, then merge again",
                  folder.path().string(), records.size(), folder.shards(), text));
}

/// As the shard found it, whatever folder merge is started in.
void resolve_paths(const std::string& folder, Inputs& inputs) {
  const auto resolve = [&](std::string& path) {
    if (!path.empty()) path = (fs::path(folder) / path).string();
  };
  resolve(inputs.model);
  resolve(inputs.weights);
  for (std::string& path : inputs.images) resolve(path);
}

/// The shards' run, whose model and images must be what they were.
Run reopen(const RunFolder& folder, const ShardRecord& first, std::optional<int> threads,
           const Hooks& hooks) {
  const Job job = read_shard_job(folder, 1);
  Job located = job;
  resolve_paths(first.working_folder, located.inputs);
  Run run = prepare(located, hooks);
  run.inputs = job.inputs;
  run.machine.precision = value_in(folder.identity(), "--precision");
  run.versions = image_versions(run.images, run.hooks);
  require_same(folder.identity(), identify(run, value_in(folder.identity(), "engine")),
               folder.path().string() + " holds shards of a run",
               "bring back what they measured, or start all shards again");
  run.output.command_line = first.command_line;
  run.threads = core::thread_count(threads);
  return run;
}

/// Without ", 8 threads": their number changes no bit.
std::string without_threads(const std::string& engine) {
  const bool told = engine.ends_with(" thread") || engine.ends_with(" threads");
  return told ? engine.substr(0, engine.rfind(", ")) : engine;
}

/// Of all shards, each once.
std::string engines_of(const std::vector<ShardRecord>& records) {
  std::vector<std::string> engines;
  for (const ShardRecord& r : records)
    if (std::ranges::find(engines, without_threads(r.engine), without_threads) == engines.end())
      engines.push_back(r.engine);
  if (engines.size() > 1)
    log::warn(
        "the shards ran on different engines ({}): fields differ by rounding from those of "
        "one machine",
        fmt::join(engines, "; "));
  return fmt::format("{}", fmt::join(engines, "; "));
}

void require_all(const PartsReader& parts, std::size_t pairs, const RunFolder& folder,
                 const char* what) {
  std::size_t held = 0;
  for (std::size_t id = 0; id < pairs; ++id) held += parts.contains(std::int64_t(id));
  if (held == pairs && parts.pairs() == pairs) return;
  throw DataError(
      fmt::format("{}: the shards hold {} of {} of {} (unit, image) pairs; a part was removed or "
                  "damaged: start "
                  "the shards again with --overwrite",
                  folder.path().string(), what, held, pairs));
}

Outcome write_merged(const Output& output, std::optional<int> threads, const Hooks& hooks,
                     RunFolder& folder) {
  const std::vector<ShardRecord> records = finished_shards(folder);
  Run run = reopen(folder, records.front(), threads, hooks);
  const ScanResult found = read_scan(run, folder);
  const std::vector<Pair> pairs = list_pairs(found.peaks);
  using enum RunFolder::Part;
  Maps maps{PartsReader(folder.parts_of_all(map), folder.fingerprint()),
            PartsReader(folder.parts_of_all(gradient), folder.fingerprint())};
  require_all(maps.changes, pairs.size(), folder, "the maps");
  if (run.method.with_gradient) require_all(maps.gradients, pairs.size(), folder, "the gradients");
  const RunRecord record = make_record(run, found, engines_of(records), folder.identity());
  run.output.path = output.path;
  run.output.overwrite = output.overwrite;
  write_results(run, pairs, maps, record);
  folder.remove();
  return outcome_of(output.path);
}

}  // namespace

Outcome merge(const Output& output, std::optional<int> threads, const Hooks& hooks) {
  const std::string& out = output.path;
  const bool written = fs::exists(out) && !output.overwrite;
  const fs::path path = out + ".parts";
  if (!RunFolder::holds_run(path)) {
    if (!written)
      throw ConfigError(path.string() +
                        " holds no shards of a run; rfmap estimate --shard I/N makes them");
    log::info("{} is already complete; nothing to merge", out);
    return outcome_of(out);
  }
  RunFolder folder = RunFolder::of_shards(path);
  if (!written) return write_merged(output, threads, hooks, folder);
  require_same_run(out, folder.identity());
  const Outcome outcome = outcome_of(out);
  folder.remove();
  log::info("{} is already complete; nothing to merge", out);
  return outcome;
}

}  // namespace rfmap
