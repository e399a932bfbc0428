#pragma once

#include <string>

#include "rfmap/method.h"

namespace rfmap::app {

/// Checks, before any work, that the results file `path` can be written: its folder is there and
/// writable, and it does not exist unless `output` overwrites or resumes it. Throws ConfigError.
void check_output(const std::string& path, const Output& output);

/// Throws ConfigError if there is no file `path`; `label` says what it is for.
void require_file(const std::string& label, const std::string& path);

}  // namespace rfmap::app
