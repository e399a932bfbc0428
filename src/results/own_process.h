#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rfmap::results {

/// Processor time that a process may take; 0: no limit.
struct CpuLimit {
  unsigned seconds = 0;
  std::string on_limit;  ///< the message when it is reached
};

/// Runs `look` in a separate process and returns its messages, or that of its exception; `on_crash`
/// if it dies of a signal, and `limit.on_limit` if it needs more time: HDF5 1.10 follows lengths in
/// damaged files unchecked.
std::vector<std::string> in_own_process(const std::function<std::vector<std::string>()>& look,
                                        const std::string& on_crash, const CpuLimit& limit = {});

/// For fuzzers, which are to see a crash: from now on `look` runs in the calling process.
void stay_in_process();

}  // namespace rfmap::results
