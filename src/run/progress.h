#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rfmap {

/// "42 s", "3 min 20 s", "2 h 5 min".
std::string format_duration(double seconds);

/// One phase's progress with rate and time left on stderr: a line that rewrites itself on a
/// terminal, else a plain line now and then. Silent when quiet.
class Progress {
 public:
  Progress(std::string what, std::string item, std::int64_t total, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  void advance(std::int64_t count = 1);
  double seconds() const;

 private:
  void show(bool last);
  std::string line() const;

  using Clock = std::chrono::steady_clock;
  std::string what_, item_;
  std::int64_t total_, done_ = 0;
  bool silent_, terminal_;
  Clock::time_point start_ = Clock::now(), shown_;
};

}  // namespace rfmap
