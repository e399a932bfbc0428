#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rfmap/method.h"
#include "rfmap/ranks.h"
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
/// The same, but the output need not be named.
void check_inputs(const Job& job);

struct Outcome {
  int exit_code = 0;    ///< kExitDone or kExitSkippedImages
  int skipped = 0;      ///< images that could not be read; each was named by a warning
  int damaged = 0;      ///< of these
  bool written = true;  ///< false: this part is done, merge() or rank 0 writes the results
};

/// The main job: scan, top-K, occlude, aggregate, write job.output.path (docs/method.md). Throws
/// ConfigError (a choice that does not fit), ModelError, DataError, EngineError, Interrupted; what
/// an interrupted run has committed is continued with job.output.resume. With job.output.shard only
/// that part is measured, in a folder that all shards share; Interrupted also where the others have
/// not scanned their images within job.output.wait seconds.
/// `ranks` divide the work; all of them are given the same job, and rank 0 writes the results.
Outcome estimate(const Job& job, const Hooks& hooks = {},
                 const std::shared_ptr<Ranks>& ranks = this_process());

/// Writes the results file output.path from the parts of its shards, without passes of the network:
/// the file that one process would have written. The rest of the job is known from the shards.
/// Throws ConfigError (no shards; some are missing, unfinished or at work; model or images are not
/// those of the shards any more; the file is there and of another run, unless output.overwrite),
/// DataError (a damaged part), EngineError (disk), Interrupted.
Outcome merge(const Output& output, std::optional<int> threads, const Hooks& hooks = {});

/// Aggregates the stored maps of a results file by other rules, without the network: writes `out`
/// as the run would have written it with these rules. Gradient fields are taken over and measured
/// again; they are left out, with a warning, where the deposit rule changes their canvas. Throws
/// ConfigError (no kept maps, cannot create), DataError, EngineError (disk), Interrupted.
void aggregate_again(const ResultsReader& in, const AggregateRules& rules, const std::string& out,
                     std::optional<int> threads, const Hooks& hooks = {});

}  // namespace rfmap
