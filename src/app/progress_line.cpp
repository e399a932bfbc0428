#include "app/progress_line.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "core/duration.h"
#include "core/log.h"

namespace rfmap::app {
namespace {

std::string line(const Progress& p, double seconds) {
  const double rate = seconds > 0 ? double(p.done) / seconds : 0;
  std::string text =
      fmt::format("{}: {} of {} {} ({:.0f} %), {:.3g} {}/s", p.phase, p.done, p.total, p.item,
                  p.total ? 100.0 * double(p.done) / double(p.total) : 100.0, rate, p.item);
  if (rate > 0 && p.done < p.total)
    text += ", " + format_duration(double(p.total - p.done) / rate) + " left";
  return text;
}

}  // namespace

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (written_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(const Progress& p) {
  const auto now = Clock::now();
  const auto since = [now](Clock::time_point t) {
    return std::chrono::duration<double>(now - t).count();
  };
  if (p.done == 0 && !p.finished) start_ = shown_ = now;
  if (p.finished) {
    if (written_) std::fputs("\r\033[K", stderr);
    written_ = false;
    log::info("{}: {} {} in {}", p.phase, p.done, p.item, format_duration(since(start_)));
    return;
  }
  if (since(shown_) < (terminal_ ? 0.2 : 10)) return;
  shown_ = now;
  if (!terminal_) return log::info("{}", line(p, since(start_)));
  fmt::print(stderr, "\r\033[K{}", line(p, since(start_)));
  std::fflush(stderr);
  written_ = true;
}

}  // namespace rfmap::app
