#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "rfmap/error.h"
#include "rfmap/run.h"

#include "run/fields.h"
#include "run/maps.h"
#include "run/record.h"
#include "run/scan.h"

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

void require_free_name(const Config& config) {
  if (std::filesystem::exists(config.out) && !config.overwrite)
    throw ConfigError("--out " + config.out + " exists; choose another name or add --overwrite");
}

}  // namespace

std::atomic<bool>& stop_requested() {
  static std::atomic<bool> stop = false;
  return stop;
}

Outcome estimate(const Config& config) {
  require_free_name(config);
  const Setup setup = prepare(config);
  const std::unique_ptr<Engine> engine = make_engine(config.device, {config.threads});
  RunFolder folder(config.out + ".parts", identify(setup, config, engine->name()), false,
                   config.overwrite);
  Programs programs = compile_programs(*engine, setup, config);

  const ScanResult found = scan(setup, config, programs, folder, config.out + ".input.png");
  warn_of_silent_layers(setup, found);

  const std::vector<Pair> pairs = list_pairs(found.peaks);
  OcclusionPass pass(setup, config, programs);
  announce_maps(setup, config, pairs, programs, pass);
  measure_maps(setup, config, pairs, programs, pass, folder);

  PartsReader maps(folder.map_parts(), folder.fingerprint());
  write_results(setup, config, pairs, maps,
                make_record(setup, config, found, engine->description(), folder.fingerprint()));
  folder.remove();
  return {found.skipped.empty() ? kExitDone : kExitSkippedImages, found.skipped};
}

}  // namespace rfmap
