#pragma once

#include <functional>
#include <string>

/// What the library says while it works. It goes where the program wants it, by default nowhere.
namespace rfmap::log {

enum class Level { debug, info, warning, error };

/// Called with each message, by several threads at once. Set it before the library is used.
using Sink = std::function<void(Level, const std::string&)>;
void set_sink(Sink sink);

void write(Level level, const std::string& text);

}  // namespace rfmap::log
