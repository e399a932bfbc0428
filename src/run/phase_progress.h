#pragma once

#include <cstdint>
#include <exception>

#include "rfmap/error.h"
#include "rfmap/estimate.h"

namespace rfmap::run {

/// Reports one phase to the caller's hook: at its start, at each step, and at its end unless it
/// failed.
class PhaseProgress {
 public:
  PhaseProgress(const Hooks& hooks, const char* phase, const char* item, std::int64_t total)
      : hooks_(hooks), state_{phase, item, 0, total} {
    report();
  }
  ~PhaseProgress() {
    if (std::uncaught_exceptions() > 0) return;
    state_.finished = true;
    report();
  }
  PhaseProgress(const PhaseProgress&) = delete;
  void advance(std::int64_t count = 1) {
    state_.done += count;
    report();
  }

 private:
  void report() const {
    if (hooks_.progress) hooks_.progress(state_);
  }

  const Hooks& hooks_;
  Progress state_;
};

/// Throws Interrupted where the caller wants the job to stop.
inline void stop_if_asked(const Hooks& hooks, const char* during) {
  if (hooks.stop && hooks.stop()) throw Interrupted(during);
}

}  // namespace rfmap::run
