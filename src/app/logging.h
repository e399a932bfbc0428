#pragma once

#include <string>

namespace rfmap::app {

/// Messages go to stderr: plain lines, warnings and errors with a word in front.
/// `quiet`: warnings only; `verbose`: details too; `file` (may be empty) gets everything, with
/// times. Throws ConfigError when the file cannot be written.
void set_up_logging(bool quiet, bool verbose, const std::string& file);

}  // namespace rfmap::app
