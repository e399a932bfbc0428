#include "app/signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

namespace rfmap::app {
namespace {

volatile Process process_kind = Process::alone;

extern "C" void on_stop_signal(int signal) {
  if (stop_requested().exchange(true)) {
    if (signal == SIGUSR1) return;  // a warning, however often it is given
    if (process_kind != Process::alone) return;
    ::signal(signal, SIG_DFL);
    raise(signal);
    return;
  }
  if (process_kind == Process::other_rank) return;
  const char* const text = process_kind == Process::alone ? "\nstopping; once more kills at once\n"
                                                          : "\nstopping all ranks\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text, strlen(text));
}

}  // namespace

std::atomic<bool>& stop_requested() {
  static std::atomic<bool> stop = false;
  return stop;
}

void install_stop_handlers(Process process) {
  process_kind = process;
  stop_requested();  // its static must be made before a handler may run
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // only the long job's own checks shall notice
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  struct sigaction hang_up {};  // a terminal that closes; nohup lets it be ignored
  sigaction(SIGHUP, nullptr, &hang_up);
  if (hang_up.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  signal(SIGXFSZ, SIG_IGN);  // a file size limit is then an error of write(), with its sentence
}

}  // namespace rfmap::app
