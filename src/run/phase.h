#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rfmap/images.h"

#include "run/folder.h"
#include "run/jobs.h"

namespace rfmap::run {

/// Work on the pairs of some images at a time, whose results lie in parts of the run's folder.
struct Phase {
  const char* name;      ///< on the progress line
  const char* done;      ///< what a resumed run's pairs "were" before, for its log line
  RunFolder::Part kind;  ///< of parts
  int values = 0;        ///< of one pair
  int images = 1;        ///< at once, at most
  /// What a job costs beside others, in any unit.
  std::function<std::int64_t(const ImageJob&)> cost;
  /// Called when the work is divided, before it begins.
  std::function<void()> announce;
  /// A result a job, in the order of its pairs. One a worker, each called from one thread.
  using Measure =
      std::function<std::vector<MapResult>(std::span<const ImageJob>, std::span<const Crop>)>;
  std::vector<Measure> measures;
};

/// Measures this process's part of the pairs as far as the folder does not hold it yet; commits
/// every run.output.commit_every seconds. Throws Interrupted and EngineError (device lost) from
/// `measure` after committing what is whole, OutOfMemory from there at once, DataError when an
/// image of the scan can no longer be read.
void run_phase(const Run& run, const std::vector<Pair>& pairs, const Phase& phase,
               RunFolder& folder);

}  // namespace rfmap::run
