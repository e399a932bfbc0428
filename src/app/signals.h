#pragma once

namespace rfmap::app {

/// The first Ctrl-C or SIGTERM sets stop_requested() (run.h), so that a long job stops cleanly; the
/// second one kills at once.
void install_stop_handlers();

}  // namespace rfmap::app
