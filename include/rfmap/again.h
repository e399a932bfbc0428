#pragma once

#include <string>

#include "rfmap/aggregate.h"
#include "rfmap/results.h"

namespace rfmap {

/// Recomputes fields and sizes from the kept maps of a results file with other rules, without the
/// network: writes `out` as the run would have written it with these rules. `run`: the record of
/// the new file. Gradient fields are copied and measured again; they are omitted, with a warning,
/// if the deposit rule changes their canvas. Throws ConfigError (no kept maps, cannot create),
/// DataError, EngineError (disk), Interrupted.
void aggregate_again(const ResultsReader& in, const AggregateRules& rules, const RunRecord& run,
                     const std::string& out, int threads);

}  // namespace rfmap
