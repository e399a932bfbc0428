#pragma once

#include <atomic>

namespace rfmap::app {

/// Set by the signal handlers.
std::atomic<bool>& stop_requested();

/// The first Ctrl-C, SIGTERM or SIGUSR1 (Slurm's warning before a time limit) sets
/// stop_requested(), so that a long job stops cleanly; the second one kills at once, but SIGUSR1.
/// Ranks leave that to their launcher, which may repeat its signals, and only rank 0 tells the
/// user.
enum class Process { alone, first_rank, other_rank };
void install_stop_handlers(Process process = Process::alone);

}  // namespace rfmap::app
