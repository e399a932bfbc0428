#pragma once

#include <string>

#include "rfmap/estimate.h"
#include "rfmap/results.h"

#include "run/folder.h"
#include "run/scan.h"

namespace rfmap::run {

/// Everything that changes the results, by name: options, model, images (path, size, time of
/// change). `images` is their entry where another rank has made it.
Identity identify(const Run& run, const std::string& engine);

/// What stands once in the results file.
RunRecord make_record(const Run& run, const ScanResult& scan, const std::string& engine,
                      const Identity& identity);

/// That of a results file whose maps are aggregated by other rules.
RunRecord record_with_rules(const ResultsReader& in, AggregateRules rules);

/// What a run with images of this status ends with.
Outcome outcome_of(const Spooled<std::uint8_t>& status);
/// The same of a whole results file.
Outcome outcome_of(const std::string& results);

/// Throws ConfigError naming the first difference when the results file is of another run.
void require_same_run(const std::string& results, const Identity& identity);

}  // namespace rfmap::run
