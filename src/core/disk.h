#pragma once

#include <cstdint>
#include <span>
#include <string>

/// Writing of whole files, and the one sentence of every failure to write.
namespace rfmap::core {

/// "PATH: cannot be DONE: reason; what helps" for an errno. Throws EngineError for a fault of the
/// machine (full disk, too many open files), ConfigError where another name would do.
[[noreturn]] void throw_unwritable(const std::string& path, const char* done, int code);

enum class Durable { no, yes };

/// A file of these bytes; Durable::yes: on the disk when it returns. Replaces what is there. Throws
/// as throw_unwritable, and leaves no part of the file.
void write_bytes(const std::string& path, std::span<const std::uint8_t> bytes, Durable durable);

/// Throws as throw_unwritable, and then removes `from`.
void rename_file(const std::string& from, const std::string& to);

}  // namespace rfmap::core
