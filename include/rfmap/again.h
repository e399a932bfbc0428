#pragma once

#include <string>

#include "rfmap/aggregate.h"
#include "rfmap/results.h"

namespace rfmap {

/// Fields and sizes again from the kept maps of a results file, by other rules, without the
/// network: writes `out` as the run would have written it with these rules. `run`: what stands once
/// in the new file. Gradient fields are taken over and measured again; they are left out, with a
/// warning, where the deposit rule changes their canvas. Throws ConfigError (no kept maps, cannot
/// create), DataError, EngineError (disk), Interrupted.
void aggregate_again(const ResultsReader& in, const AggregateRules& rules, const RunRecord& run,
                     const std::string& out, int threads);

}  // namespace rfmap
