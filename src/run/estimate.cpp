#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "rfmap/devices.h"
#include "rfmap/error.h"
#include "rfmap/run.h"

#include "core/log.h"
#include "run/compute.h"
#include "run/fields.h"
#include "run/gradient_maps.h"
#include "run/record.h"

namespace rfmap {
namespace {

/// With --resume, a whole results file of the same run is the answer.
std::optional<Outcome> finished_before(const Config& config, const Identity& identity) {
  if (!std::filesystem::exists(config.out) || config.overwrite) return std::nullopt;
  if (!config.resume)
    throw ConfigError("--out " + config.out + " exists; choose another name or add --overwrite");
  require_same_run(config.out, identity);
  const ResultsReader results(config.out);
  Outcome outcome;
  for (std::size_t i = 0; i < results.run().image_status.size(); ++i)
    if (results.run().image_status[i] != 0)
      outcome.skipped.push_back(results.run().images[i].path + " was skipped");
  if (!outcome.skipped.empty()) outcome.exit_code = kExitSkippedImages;
  RunFolder::remove_left_over(config.out + ".parts", identity);
  log::info("{} is already complete; nothing to do", config.out);
  return outcome;
}

}  // namespace

std::atomic<bool>& stop_requested() {
  static std::atomic<bool> stop = false;
  return stop;
}

Outcome estimate(const Config& given) {
  Config config = given;
  const Setup setup = prepare(config);
  const DeviceChoice device = choose_device(config.device, config.precision);
  if (!device.note.empty()) log::info("--device auto: {}", device.note);
  config.precision = device.precision;
  const std::unique_ptr<Engine> engine =
      make_engine(device.device, {config.threads, device.precision});
  const Identity identity = identify(setup, config, engine->name());
  if (const auto outcome = finished_before(config, identity)) return *outcome;
  RunFolder folder(config.out + ".parts", identity, config.resume, config.overwrite);
  const auto [found, pairs] =
      compute(*engine, setup, config, folder, {device.largest_batch, device.memory});
  if (config.with_gradient) measure_gradients(setup, config, pairs, folder);

  Maps maps{PartsReader(folder.parts(RunFolder::Part::map), folder.fingerprint()),
            PartsReader(folder.parts(RunFolder::Part::gradient), folder.fingerprint())};
  write_results(setup, config, pairs, maps,
                make_record(setup, config, found, engine->description(), identity));
  folder.remove();
  return {found.skipped.empty() ? kExitDone : kExitSkippedImages, found.skipped};
}

}  // namespace rfmap
