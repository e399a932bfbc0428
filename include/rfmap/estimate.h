#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rfmap/method.h"
#include "rfmap/results.h"

/// The long jobs.
namespace rfmap {

/// How far one phase of a job is.
struct Progress {
  const char* phase = "";  ///< "scan", "occlude", "gradient", "average"
  const char* item = "";   ///< what is counted: "images", "pairs", "units"
  std::int64_t done = 0, total = 0;
  bool finished = false;  ///< the phase's last report
};

/// What a job asks and tells its caller. Called from the job's own thread. Messages go to the sink
/// of rfmap/log.h.
struct Hooks {
  std::function<bool()> stop;                     ///< true: the job throws Interrupted soon
  std::function<void(const Progress&)> progress;  ///< at the start of a phase, then at each step
};

/// Throws ConfigError where something that every run needs is missing, or a preset is unknown.
void check(const Job& job);

struct Outcome {
  int exit_code = 0;  ///< kExitDone or kExitSkippedImages
  int skipped = 0;    ///< images that could not be read; each was named by a warning
  int damaged = 0;    ///< of these
};

/// The main job: scan, top-K, occlude, aggregate, write job.output.path (docs/method.md). Throws
/// ConfigError (a choice that does not fit), ModelError, DataError, EngineError, Interrupted; what
/// an interrupted run has committed is continued with job.output.resume.
Outcome estimate(const Job& job, const Hooks& hooks = {});

/// Aggregates the stored maps of a results file by other rules, without the network: writes `out`
/// as the run would have written it with these rules. Gradient fields are taken over and measured
/// again; they are left out, with a warning, where the deposit rule changes their canvas. Throws
/// ConfigError (no kept maps, cannot create), DataError, EngineError (disk), Interrupted.
void aggregate_again(const ResultsReader& in, const AggregateRules& rules, const std::string& out,
                     std::optional<int> threads, const Hooks& hooks = {});

}  // namespace rfmap
