#pragma once

#include <string>

#include "rfmap/results.h"

#include "run/folder.h"
#include "run/scan.h"

namespace rfmap {

/// Everything that changes the results, by name: options, model, images (path, size, time of
/// change).
Identity identify(const Setup& setup, const Config& config, const std::string& engine);

/// What stands once in the results file.
RunRecord make_record(const Setup& setup, const Config& config, const ScanResult& scan,
                      const std::string& engine, const Identity& identity);

/// Throws ConfigError naming the first difference when the results file is of another run.
void require_same_run(const std::string& results, const Identity& identity);

/// Now, as ISO 8601 in UTC.
std::string timestamp();

}  // namespace rfmap
