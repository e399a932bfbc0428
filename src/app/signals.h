#pragma once

#include <atomic>

namespace rfmap::app {

/// Set by the signal handlers.
std::atomic<bool>& stop_requested();

/// The first Ctrl-C, SIGTERM or SIGUSR1 (Slurm's warning before a time limit) sets
/// stop_requested(), so that a long job stops cleanly; the second one kills at once, but SIGUSR1.
void install_stop_handlers();

}  // namespace rfmap::app
