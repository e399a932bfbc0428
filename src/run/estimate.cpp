#include "rfmap/estimate.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "core/log.h"
#include "engines/make_engine.h"
#include "method/preprocessing.h"
#include "run/compute.h"
#include "run/fields.h"
#include "run/image_versions.h"
#include "run/maps.h"
#include "run/record.h"
#include "run/shards.h"

namespace rfmap {
using namespace plan;
using namespace results;
using namespace run;
using namespace engines;
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

Outcome shard_done() {
  Outcome outcome;
  outcome.written = false;
  return outcome;
}

/// Scan, maps and gradients, as far as they are this process's.
Computed measure_all(Engine& engine, const Run& run, RunFolder& folder, BatchLimits limits) {
  Computed computed = compute(engine, run, folder, limits);
  if (run.method.with_gradient) measure_gradients(run, computed.pairs, folder);
  return computed;
}

/// Its record says that it is finished once all its parts are there.
Outcome measure_shard(Engine& engine, const Run& run, RunFolder& folder, BatchLimits limits) {
  const int shard = run.output.shard->index;
  if (const auto before = read_shard(folder, shard); before && before->finished) {
    log::info("shard {} of {} was finished before; nothing to do", shard, folder.shards());
    return shard_done();
  }
  ShardRecord record = describe_shard(run, engine.description());
  write_shard(folder, shard, record, run);
  measure_all(engine, run, folder, limits);
  record.finished = true;
  write_shard(folder, shard, record, run);
  return shard_done();
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

Outcome estimate(const Job& job, const Hooks& hooks) {
  check(job);
  Run run = prepare(job, hooks);
  const DeviceChoice device = choose_device(run.machine.device, run.machine.precision);
  if (!device.note.empty()) log::info("--device auto: {}", device.note);
  run.machine.precision = device.precision;
  const std::unique_ptr<Engine> engine =
      make_engine(device.device, {run.threads, device.precision});
  run.versions = image_versions(run.images);
  const Identity identity = identify(run, engine->name());
  if (const auto outcome = finished_before(run.output, identity)) return *outcome;
  RunFolder folder(run.output.path + ".parts", identity, for_unfinished(run.output),
                   run.output.shard);
  const BatchLimits limits{device.largest_batch, device.memory};
  if (run.output.shard) return measure_shard(*engine, run, folder, limits);
  const auto [found, pairs] = measure_all(*engine, run, folder, limits);
  Maps maps{PartsReader(folder.parts(RunFolder::Part::map), folder.fingerprint()),
            PartsReader(folder.parts(RunFolder::Part::gradient), folder.fingerprint())};
  write_results(run, pairs, maps, make_record(run, found, engine->description(), identity));
  folder.remove();
  return outcome_of(found.status);
}

}  // namespace rfmap
