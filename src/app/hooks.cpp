#include "app/hooks.h"

#include <chrono>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "app/signals.h"
#include "core/duration.h"
#include "core/log.h"

namespace rfmap::app {
namespace {

std::string progress_text(const Progress& p, double seconds) {
  const double rate = seconds > 0 ? double(p.done) / seconds : 0;
  std::string text =
      fmt::format("{}: {} of {} {} ({:.0f} %), {:.3g} {}/s", p.phase, p.done, p.total, p.item,
                  p.total ? 100.0 * double(p.done) / double(p.total) : 100.0, rate, p.item);
  if (rate > 0 && p.done < p.total)
    text += ", " + core::format_duration(double(p.total - p.done) / rate) + " left";
  return text;
}

/// A phase's progress with rate and time left on stderr: a line that rewrites itself on a terminal,
/// else a plain line now and then.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (written_) std::fputs("\r\033[K", stderr);
  }
  void show(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_ = isatty(STDERR_FILENO) == 1, written_ = false;
  Clock::time_point start_, shown_;
};

void ProgressLine::show(const Progress& p) {
  const auto now = Clock::now();
  const auto since = [now](Clock::time_point t) {
    return std::chrono::duration<double>(now - t).count();
  };
  if (p.done == 0 && !p.finished) start_ = shown_ = now;
  if (p.finished) {
    if (written_) std::fputs("\r\033[K", stderr);
    written_ = false;
    log::info("{}: {} {} in {}", p.phase, p.done, p.item, core::format_duration(since(start_)));
    return;
  }
  if (since(shown_) < (terminal_ ? 0.2 : 10)) return;
  shown_ = now;
  if (!terminal_) return log::info("{}", progress_text(p, since(start_)));
  fmt::print(stderr, "\r\033[K{}", progress_text(p, since(start_)));
  std::fflush(stderr);
  written_ = true;
}

}  // namespace

Hooks job_hooks(const Messages& messages) {
  Hooks hooks;
  hooks.stop = [] { return stop_requested().load(); };
  if (messages.quiet) return hooks;
  const auto line = std::make_shared<ProgressLine>();
  hooks.progress = [line](const Progress& p) { line->show(p); };
  return hooks;
}

}  // namespace rfmap::app
