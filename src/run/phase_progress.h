#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "rfmap/error.h"
#include "rfmap/estimate.h"

#include "run/run.h"
#include "run/work_list.h"

namespace rfmap::run {

/// Reports one phase to the caller's hook: at its start, at each step, and at its end unless it
/// failed. On rank 0 that of all ranks, where they share its work.
class PhaseProgress {
 public:
  PhaseProgress(const Hooks& hooks, const char* phase, const char* item, std::int64_t total,
                WorkList* work = nullptr)
      : hooks_(hooks), work_(work), state_{phase, item, 0, total} {
    report();
  }
  ~PhaseProgress() {
    if (std::uncaught_exceptions() > 0) return;
    state_.finished = true;
    report();
  }
  PhaseProgress(const PhaseProgress&) = delete;
  void advance(std::int64_t count = 1) {
    own_ += count;
    if (work_) work_->add_done(count);
    report();
  }
  void report() {
    if (!hooks_.progress) return;
    state_.done = own_ + (work_ ? work_->done_elsewhere() : 0);
    hooks_.progress(state_);
  }

 private:
  const Hooks& hooks_;
  WorkList* work_;
  std::int64_t own_ = 0;
  Progress state_;
};

/// Throws Interrupted where the caller wants the job to stop.
inline void stop_if_asked(const Hooks& hooks, const char* during) {
  if (hooks.stop && hooks.stop()) throw Interrupted(during);
}

/// For the thread that waits for workers: they see what the caller wants (hooks_for_threads).
inline std::function<void()> ask_to_stop(const Run& run) {
  return [&run] {
    if (run.hooks.stop) run.hooks.stop();
  };
}

/// For waiting on other ranks.
inline Ranks::Meanwhile stop_while_waiting(const Run& run) {
  return [&run] { stop_if_asked(run.hooks, "interrupted while waiting for the other ranks"); };
}

/// Ends a phase: rank 0 waits until all ranks have done theirs, and shows how far they are.
inline std::vector<std::string> await_ranks(const Run& run, PhaseProgress& progress,
                                            std::string own = "") {
  return run.ranks->gather(std::move(own), [&] {
    stop_if_asked(run.hooks, "interrupted while waiting for the other ranks");
    progress.report();
  });
}

}  // namespace rfmap::run
