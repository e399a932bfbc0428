#pragma once

#include <string>

namespace rfmap::app {

/// Checks, before any work, that the results file `path` can be written: its folder is there and
/// writable, and it does not exist unless `overwrite`. Throws ConfigError.
void check_output(const std::string& path, bool overwrite);

/// Throws ConfigError if there is no file `path`; `label` says what it is for.
void require_file(const std::string& label, const std::string& path);

}  // namespace rfmap::app
