#pragma once

#include <string>
#include <string_view>

namespace rfmap {

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);
/// The same of a file's content. Throws ConfigError when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace rfmap
