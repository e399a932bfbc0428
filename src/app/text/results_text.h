#pragma once

#include <string>

#include "rfmap/estimate.h"

namespace rfmap::app {

/// Prints the table of the results file that a run has written, and says what it left out; the exit
/// code.
int tell_results(const Outcome& outcome, const std::string& path);

}  // namespace rfmap::app
