#pragma once

#include <chrono>

#include "rfmap/estimate.h"

namespace rfmap::app {

/// A phase's progress with rate and time left on stderr: a line that rewrites itself on a terminal,
/// else a plain line now and then.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  void show(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_, written_ = false;
  Clock::time_point start_, shown_;
};

}  // namespace rfmap::app
