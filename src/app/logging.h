#pragma once

#include "app/options/options.h"

namespace rfmap::app {

/// Messages go to stderr: plain lines, warnings and errors with a word in front.
/// A log file gets everything, with times. Throws ConfigError when it cannot be written.
void set_up_logging(const Messages& messages);

/// Says nothing from now on, on stderr or stdout: another rank does.
void silence_output();

}  // namespace rfmap::app
