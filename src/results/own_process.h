#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rfmap::results {

/// Runs `look` in a separate process and returns its messages, or that of its exception; `on_crash`
/// if it dies of a signal or needs more than `cpu_seconds` (0: no limit): HDF5 1.10 follows lengths
/// in damaged files unchecked.
std::vector<std::string> in_own_process(const std::function<std::vector<std::string>()>& look,
                                        const std::string& on_crash, unsigned cpu_seconds);

}  // namespace rfmap::results
