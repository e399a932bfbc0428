#pragma once

#include <string>
#include <vector>

#include "run/run.h"

namespace rfmap::run {

/// Waits until files that other ranks have written are seen here: on a network file system that may
/// take a minute. Throws DataError naming one that does not appear, Interrupted.
void await_files(const Run& run, const std::vector<std::string>& files);

}  // namespace rfmap::run
