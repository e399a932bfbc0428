#include "rfmap/estimate.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "method/preprocessing.h"
#include "run/agreed.h"
#include "run/compute.h"
#include "run/devices.h"
#include "run/fields.h"
#include "run/image_versions.h"
#include "run/maps.h"
#include "run/phase_progress.h"
#include "run/record.h"
#include "run/shards.h"
#include "run/together.h"

namespace rfmap {
using namespace results;
using namespace run;
namespace {

void require(bool given, const char* option, const char* hint) {
  if (!given) throw ConfigError(fmt::format("option --{} is missing; {}", option, hint));
}

void require_inputs(const Job& job) {
  require(!job.inputs.model.empty(), "model", "give the network, as in --model net.onnx");
  require(!job.inputs.images.empty(), "images",
          "give a folder, a list, an IDX or a tar file, as in --images photos");
}

/// With --resume, a whole results file of the same run is the answer.
std::optional<Outcome> finished_before(const Output& output, const Identity& identity) {
  if (!std::filesystem::exists(output.path) || output.overwrite) return std::nullopt;
  if (!output.resume)
    throw ConfigError("--out " + output.path + " exists; choose another name or add --overwrite");
  require_same_run(output.path, identity);
  const Outcome outcome = outcome_of(output.path);
  RunFolder::remove_left_over(output.path + ".parts", identity);
  log::info("{} is already complete; nothing to do", output.path);
  return outcome;
}

RunFolder::Existing for_unfinished(const Output& output) {
  using enum RunFolder::Existing;
  if (output.overwrite) return overwrite;
  return output.resume ? resume : refuse;
}

Outcome left_to_others() {
  Outcome outcome;
  outcome.written = false;
  return outcome;
}

/// Scan, maps and gradients, as far as they are this process's.
Computed measure_all(const Devices& devices, const Run& run, RunFolder& folder) {
  Computed computed = compute(devices.engines(), run, folder, devices.limits);
  if (run.method.with_gradient) measure_gradients(run, computed.pairs, folder);
  return computed;
}

/// Its record says that it is finished once all its parts are there.
Outcome measure_shard(const Devices& devices, const Run& run, RunFolder& folder) {
  const int shard = run.output.shard->index;
  if (const auto before = read_shard(folder, shard); before && before->finished) {
    log::info("shard {} of {} was finished before; nothing to do", shard, folder.shards());
    return left_to_others();
  }
  ShardRecord record = describe_shard(run, devices.description());
  write_shard(folder, shard, record, run);
  measure_all(devices, run, folder);
  record.finished = true;
  write_shard(folder, shard, record, run);
  return left_to_others();
}

void refuse_shards_of_ranks(const Output& output, const Ranks& ranks) {
  if (output.shard && !ranks.alone())
    throw ConfigError(fmt::format(
        "--shard: this is one of {} ranks, which divide a run among themselves; omit --shard, or "
        "start each shard as a job of one process (srun --mpi=none)",
        ranks.place().count));
}

/// Rank 0 shows progress; all stop when one does.
Hooks hooks_of(const Hooks& hooks, const std::shared_ptr<Ranks>& ranks) {
  if (ranks->alone()) return hooks;
  Hooks own = hooks;
  if (!ranks->first()) own.progress = nullptr;
  own.stop = [stop = hooks.stop, ranks] { return ranks->stop_asked() || (stop && stop()); };
  return own;
}

/// finished_before(), which rank 0 finds out.
std::optional<Outcome> finished_together(const Run& run, const Identity& identity) {
  std::optional<Outcome> outcome;
  if (run.ranks->first()) outcome = finished_before(run.output, identity);
  if (agreed(run, outcome ? 1 : 0) == 0) return std::nullopt;
  return run.ranks->first() ? outcome : left_to_others();
}

/// A rank's part; then it waits until rank 0 has written the results.
void measure_for_first(const Devices& devices, const Run& run, RunFolder folder) {
  measure_all(devices, run, folder);
  const auto maps = folder.own_parts(RunFolder::Part::map);
  const auto gradients = folder.own_parts(RunFolder::Part::gradient);
  folder.leave();
  hand_over(run, maps);
  hand_over(run, gradients);
  run.ranks->share("", stop_while_waiting(run));
}

}  // namespace

void check_inputs(const Job& job) {
  require_inputs(job);
  method::resolve(job.method.preprocessing);
}

void check(const Job& job) {
  require_inputs(job);
  require(!job.output.path.empty(), "out", "give the results file, as in --out fields.h5");
  method::resolve(job.method.preprocessing);
}

Outcome estimate(const Job& job, const Hooks& hooks, const std::shared_ptr<Ranks>& ranks) {
  check(job);
  refuse_shards_of_ranks(job.output, *ranks);
  Run run = prepare(job, hooks_of(hooks, ranks));
  run.ranks = ranks;
  const std::string device = take_own_place(run);
  const Devices devices = open_devices(device, run.machine.precision, run.threads);
  run.machine.precision = devices.precision;
  if (devices.owned.size() > 1) run.hooks = hooks_for_threads(run.hooks);
  run.versions = image_versions(run.images, run.hooks);
  const Identity identity = agreed_identity(run, devices.name());
  const auto before = finished_together(run, identity);
  if (before) return *before;
  RunFolder folder = open_together(run, identity, for_unfinished(run.output));
  if (run.output.shard) return measure_shard(devices, run, folder);
  if (!ranks->first()) {
    measure_for_first(devices, run, std::move(folder));
    return left_to_others();
  }
  const auto [found, pairs] = measure_all(devices, run, folder);
  const auto parts = [&](RunFolder::Part kind) {
    return PartsReader(hand_over(run, folder.parts(kind)), folder.fingerprint());
  };
  Maps maps{parts(RunFolder::Part::map), parts(RunFolder::Part::gradient)};
  write_results(run, pairs, maps, make_record(run, found, devices.description(), identity));
  folder.remove();
  ranks->share("");  // the others may end
  return outcome_of(found.status);
}

}  // namespace rfmap
