#include "run/compute.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "run/agreed.h"
#include "run/maps.h"
#include "run/strategy.h"

namespace rfmap::run {
using namespace plan;
namespace {

constexpr int kSmallestBatch = 2;  // the original and one copy

/// Wrong preprocessing gives plausible but false fields; units that never fire are its sign.
void warn_of_silent_layers(const Run& run, const ScanResult& scan) {
  for (std::size_t l = 0; l < run.layers.size(); ++l) {
    const RunningTopK& top = scan.peaks[l].top;
    int silent = 0;
    for (int u = 0; u < top.units(); ++u) silent += top.of(u).empty();
    if (silent * 2 > top.units())
      log::warn(
          "layer {}: {} of {} units never fire on these images; is the preprocessing the "
          "network's?",
          run.layers[l].name, silent, top.units());
  }
}

int first_batch(const Run& run, const RunFolder& folder, BatchLimits limits) {
  if (const int recorded = folder.recorded_choice("batch")) return recorded;
  return run.machine.batch ? *run.machine.batch : choose_batch(run, limits);
}

/// One for all ranks, which the device of each holds.
int settle_batch(const Run& run, RunFolder& folder, BatchLimits limits) {
  const int batch = least(run, first_batch(run, folder, limits));
  return agreed(run, run.ranks->first() ? folder.settle_choice("batch", batch) : 0);
}

/// Rethrows where no smaller batch may be tried: shards and ranks measure with one batch.
int smaller_batch(int batch, const Run& run, const OutOfMemory& error) {
  if (run.machine.batch)
    throw OutOfMemory(std::string(error.what()) + "; use a smaller --batch, or omit it");
  if (batch <= kSmallestBatch)
    throw OutOfMemory(fmt::format(
        "{}; not even a batch of {} fits the device: raise the limit or use another one",
        error.what(), batch));
  if (!run.ranks->alone())
    throw OutOfMemory(
        fmt::format("{}; start again with --overwrite and --batch {}, which all ranks hold",
                    error.what(), batch / 2));
  if (run.output.shard)
    throw OutOfMemory(fmt::format(
        "{}; remove {}.parts and start all shards again with --batch {}, which all machines hold",
        error.what(), run.output.path, batch / 2));
  return std::max(batch / 2, kSmallestBatch);
}

/// Of each engine. cuDNN's plans are chosen by timing: rank 0 chooses first, so that the others
/// find its choices.
std::vector<Programs> compile_alike(const Engines& engines, const Run& run, const RunFolder& folder,
                                    int batch) {
  const bool in_turn = engines.front()->name().find("cuda") != std::string::npos;
  if (in_turn && !run.ranks->first()) run.ranks->share("", stop_while_waiting(run));
  std::vector<Programs> programs;
  for (Engine* engine : engines) {
    engine->keep_choices(folder.path().string());
    programs.push_back(compile_programs(*engine, run, batch));
  }
  if (in_turn && run.ranks->first()) run.ranks->share("");
  return programs;
}

/// Both phases with one batch. `scan` is kept where it is there already.
std::vector<Pair> run_phases(const Engines& engines, const Run& run, RunFolder& folder, int batch,
                             std::optional<ScanResult>& found) {
  std::vector<Programs> programs = compile_alike(engines, run, folder, batch);
  if (!found) {
    found = scan(run, programs, folder, run.output.path + ".input.png");
    warn_of_silent_layers(run, *found);
  }
  std::vector<Pair> pairs = list_pairs(found->peaks);
  settle_strategy(run, pairs, programs, folder);
  std::vector<MapMeasurer> measurers;
  for (Programs& each : programs) measurers.emplace_back(run, pairs, each);
  measure_maps(run, pairs, measurers, folder);
  for (const Engine* engine : engines)
    for (const std::string& line : engine->report()) log::debug("{}", line);
  return pairs;
}

}  // namespace

Computed compute(const Engines& engines, const Run& run, RunFolder& folder, BatchLimits limits) {
  std::optional<ScanResult> found;
  int batch = settle_batch(run, folder, limits);
  for (bool told = false;; told = true) {
    try {
      std::vector<Pair> pairs = run_phases(engines, run, folder, batch, found);
      return {std::move(*found), std::move(pairs)};
    } catch (const OutOfMemory& error) {
      const int smaller = smaller_batch(batch, run, error);
      if (!told)
        log::warn("batch {} does not fit the device's memory ({}); taking smaller ones", batch,
                  error.what());
      batch = smaller;
    }
    folder.drop_parts(RunFolder::Part::map);
    if (!found) folder.drop_scan();
    folder.record_choice("batch", batch);
  }
}

}  // namespace rfmap::run
