#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "rfmap/config.h"

/// The long jobs.
namespace rfmap {

/// Set by the signal handlers of Ctrl-C and SIGTERM; long jobs look at it between batches and
/// throw Interrupted.
std::atomic<bool>& stop_requested();

struct Outcome {
  int exit_code = 0;                 ///< kExitDone or kExitSkippedImages
  std::vector<std::string> skipped;  ///< one sentence an image
};

/// The main job: scan, top-K, occlude, aggregate, write config.out (docs/method.md).
Outcome estimate(const Config& config);

}  // namespace rfmap
