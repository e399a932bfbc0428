#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "rfmap/devices.h"
#include "rfmap/error.h"
#include "rfmap/run.h"

#include "run/fields.h"
#include "run/gradient_maps.h"
#include "run/maps.h"
#include "run/record.h"
#include "run/scan.h"
#include "run/strategy.h"

namespace rfmap {
namespace {

/// Wrong preprocessing gives plausible but false fields; units that never fire are its sign.
void warn_of_silent_layers(const Setup& setup, const ScanResult& scan) {
  for (std::size_t l = 0; l < setup.layers.size(); ++l) {
    const RunningTopK& top = scan.peaks[l].top;
    int silent = 0;
    for (int u = 0; u < top.units(); ++u) silent += top.of(u).empty();
    if (silent * 2 > top.units())
      spdlog::warn(
          "layer {}: {} of {} units never fire on these images; is the preprocessing the "
          "network's?",
          setup.layers[l].name, silent, top.units());
  }
}

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
  spdlog::info("{} is whole already; nothing to do", config.out);
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
  if (!device.note.empty()) spdlog::info("--device auto: {}", device.note);
  config.precision = device.precision;
  const std::unique_ptr<Engine> engine =
      make_engine(device.device, {config.threads, device.precision});
  const Identity identity = identify(setup, config, engine->name());
  if (const auto outcome = finished_before(config, identity)) return *outcome;
  RunFolder folder(config.out + ".parts", identity, config.resume, config.overwrite);
  const int recorded = folder.recorded_choice("batch");
  Programs programs = compile_programs(*engine, setup, config, recorded ? recorded : config.batch,
                                       {device.largest_batch, device.memory});
  folder.record_choice("batch", programs.batch);

  const ScanResult found = scan(setup, config, programs, folder, config.out + ".input.png");
  warn_of_silent_layers(setup, found);

  const std::vector<Pair> pairs = list_pairs(found.peaks);
  settle_strategy(setup, config, pairs, programs, folder);
  MapMeasurer measurer(setup, config, programs);
  announce_maps(setup, config, pairs, measurer);
  measure_maps(setup, config, pairs, measurer, folder);

  if (config.with_gradient) measure_gradients(setup, config, pairs, folder);

  Maps maps{PartsReader(folder.parts(RunFolder::Part::map), folder.fingerprint()),
            PartsReader(folder.parts(RunFolder::Part::gradient), folder.fingerprint())};
  write_results(setup, config, pairs, maps,
                make_record(setup, config, found, engine->description(), identity));
  folder.remove();
  return {found.skipped.empty() ? kExitDone : kExitSkippedImages, found.skipped};
}

}  // namespace rfmap
