#pragma once

#include "rfmap/results.h"

#include "results/parts.h"
#include "run/scan.h"

namespace rfmap::run {

/// The stored maps of a run.
struct Maps {
  results::PartsReader changes;
  results::PartsReader gradients;  ///< empty without --with-gradient
};

/// Aggregates every unit from its stored change maps and writes the results file. Units are
/// computed in parallel and written in order. Throws EngineError (disk), Interrupted.
void write_results(const Run& run, const std::vector<Pair>& pairs, Maps& maps,
                   const RunRecord& record);

}  // namespace rfmap::run
