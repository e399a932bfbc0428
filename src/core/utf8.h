#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rfmap::core {

/// Bytes of the UTF-8 character at `i`; 0 where none begins.
std::size_t utf8_length(std::string_view text, std::size_t i);

/// UTF-8 for any bytes (names of files in Latin-1), for formats that take nothing else: a byte from
/// 0x80 that belongs to no character becomes the private character U+EF00 + byte. So do the bytes
/// of U+EF80 to U+EFFF themselves, so that bytes_of_utf8 gives back what there was.
std::string utf8_of_bytes(std::string_view bytes);
std::string bytes_of_utf8(std::string_view text);

}  // namespace rfmap::core
