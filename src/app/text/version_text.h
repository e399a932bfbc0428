#pragma once

#include <string>

namespace rfmap::app {

/// The program's version and those of its libraries, one per line.
std::string version_text();

}  // namespace rfmap::app
