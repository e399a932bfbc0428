#include "rfmap/estimate.h"

#include <algorithm>
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
#include "run/maps.h"
#include "run/record.h"

namespace rfmap {
using namespace plan;
using namespace results;
using namespace run;
using namespace engines;
namespace {

void require(bool given, const char* option, const char* hint) {
  if (!given) throw ConfigError(fmt::format("option --{} is missing; {}", option, hint));
}

/// What a run with images of this status ends with.
Outcome outcome_of(const Spooled<std::uint8_t>& status) {
  Outcome outcome;
  outcome.skipped = int(status.size() - status.count(std::uint8_t(ImageStatus::read)));
  outcome.damaged = int(status.count(std::uint8_t(ImageStatus::damaged)));
  if (outcome.skipped > 0) outcome.exit_code = kExitSkippedImages;
  return outcome;
}

/// With --resume, a whole results file of the same run is the answer.
std::optional<Outcome> finished_before(const Output& output, const Identity& identity) {
  if (!std::filesystem::exists(output.path) || output.overwrite) return std::nullopt;
  if (!output.resume)
    throw ConfigError("--out " + output.path + " exists; choose another name or add --overwrite");
  require_same_run(output.path, identity);
  const Outcome outcome = outcome_of(ResultsReader(output.path).run().image_status);
  RunFolder::remove_left_over(output.path + ".parts", identity);
  log::info("{} is already complete; nothing to do", output.path);
  return outcome;
}

RunFolder::Existing for_unfinished(const Output& output) {
  using enum RunFolder::Existing;
  if (output.overwrite) return overwrite;
  return output.resume ? resume : refuse;
}

}  // namespace

void check(const Job& job) {
  require(!job.inputs.model.empty(), "model", "give the network, as in --model net.onnx");
  require(!job.inputs.images.empty(), "images",
          "give a folder, a list, an IDX or a tar file, as in --images photos");
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
  const Identity identity = identify(run, engine->name());
  if (const auto outcome = finished_before(run.output, identity)) return *outcome;
  RunFolder folder(run.output.path + ".parts", identity, for_unfinished(run.output));
  const auto [found, pairs] = compute(*engine, run, folder, {device.largest_batch, device.memory});
  if (run.method.with_gradient) measure_gradients(run, pairs, folder);

  Maps maps{PartsReader(folder.parts(RunFolder::Part::map), folder.fingerprint()),
            PartsReader(folder.parts(RunFolder::Part::gradient), folder.fingerprint())};
  write_results(run, pairs, maps, make_record(run, found, engine->description(), identity));
  folder.remove();
  return outcome_of(found.status);
}

}  // namespace rfmap
