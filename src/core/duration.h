#pragma once

#include <string>

namespace rfmap::core {

/// "4.2 s", "42 s", "3 min 20 s", "2 h 5 min".
std::string format_duration(double seconds);

}  // namespace rfmap::core
