#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "rfmap/estimate.h"
#include "rfmap/results.h"

#include "results/parts.h"
#include "run/scan.h"

namespace rfmap::run {

/// All units of one layer, top or bottom, and how they are averaged.
struct Section {
  const RunRecord& run;
  const LayerRecord& layer;
  Ranking ranking = Ranking::top;
  const AggregateRules& rules;
  std::uint64_t seed = 0;
  int threads = 1;
  const Hooks& hooks;
};

/// A unit's peaks with what was measured of them.
struct UnitMaps {
  UnitRecord record;             ///< its field is missing; its gradient too, or out of date
  std::vector<float> gradients;  ///< [rank, H, W], where the record has no mean gradient
};

/// Aggregates the units, several at a time. `read` is called on other threads, one at a time, and
/// not while a unit is written; units are written in order, and `done` is told of each. Throws
/// Interrupted.
void write_section(const Section& section, const std::function<UnitMaps(int unit)>& read,
                   ResultsWriter& writer, const std::function<void(int units)>& done = {});

/// The stored maps of a run.
struct Maps {
  results::PartsReader changes;
  results::PartsReader gradients;  ///< empty without --with-gradient
};

/// Aggregates every unit from its stored change maps and writes the results file. Throws
/// ConfigError where a file of its name has appeared meanwhile, unless run.output.overwrite;
/// EngineError (disk), Interrupted.
void write_results(const Run& run, const std::vector<Pair>& pairs, Maps& maps,
                   const RunRecord& record);

}  // namespace rfmap::run
