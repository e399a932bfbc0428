#pragma once

#include <functional>
#include <string>

/// Messages of the library. The program sets where they go; by default nowhere.
namespace rfmap::log {

enum class Level { debug, info, warning, error };

/// Called with each message, possibly from several threads at once. Set it before the library is
/// used.
using Sink = std::function<void(Level, const std::string&)>;
void set_sink(Sink sink);

void write(Level level, const std::string& text);

}  // namespace rfmap::log
