#include "run/progress.h"

#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <unistd.h>

#include "core/log.h"

namespace rfmap {

std::string format_duration(double seconds) {
  const auto s = std::int64_t(seconds + 0.5);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (s < 100) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

Progress::Progress(std::string what, std::string item, std::int64_t total, bool quiet)
    : what_(std::move(what)),
      item_(std::move(item)),
      total_(total),
      silent_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      shown_(start_) {}

Progress::~Progress() {
  if (silent_) return;
  if (terminal_) std::fputs("\r\033[K", stderr);
  if (std::uncaught_exceptions() == 0) show(true);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::advance(std::int64_t count) {
  done_ += count;
  const double every = terminal_ ? 0.2 : 10;
  if (silent_ || std::chrono::duration<double>(Clock::now() - shown_).count() < every) return;
  shown_ = Clock::now();
  show(false);
}

std::string Progress::line() const {
  const double rate = seconds() > 0 ? double(done_) / seconds() : 0;
  std::string text =
      fmt::format("{}: {} of {} {} ({:.0f} %), {:.3g} {}/s", what_, done_, total_, item_,
                  total_ ? 100.0 * double(done_) / double(total_) : 100.0, rate, item_);
  if (rate > 0 && done_ < total_)
    text += ", " + format_duration(double(total_ - done_) / rate) + " left";
  return text;
}

void Progress::show(bool last) {
  if (last)
    log::info("{}: {} {} in {}", what_, done_, item_, format_duration(seconds()));
  else if (terminal_)
    fmt::print(stderr, "\r\033[K{}", line());
  else
    log::info("{}", line());
  if (terminal_) std::fflush(stderr);
}

}  // namespace rfmap
