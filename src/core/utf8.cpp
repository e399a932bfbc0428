#include "core/utf8.h"

#include <algorithm>

namespace rfmap::core {
namespace {

unsigned octet(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

/// The smallest and the largest second byte: no long forms, no surrogates, nothing past U+10FFFF.
bool fits(unsigned first, unsigned second) {
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  return second >= least && second <= most;
}

/// U+EF80 to U+EFFF: EE BE 80 to EE BF BF.
bool is_marked_byte(std::string_view text, std::size_t i) {
  return octet(text, i) == 0xEE && (octet(text, i + 1) & 0xFE) == 0xBE &&
         (octet(text, i + 2) & 0xC0) == 0x80;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t i) {
  const unsigned c = octet(text, i);
  const std::size_t length = c < 0x80   ? 1
                             : c < 0xC2 ? 0
                             : c < 0xE0 ? 2
                             : c < 0xF0 ? 3
                             : c < 0xF5 ? 4
                                        : 0;
  if (length > 1 && !fits(c, octet(text, i + 1))) return 0;
  for (std::size_t k = 2; k < length; ++k)
    if ((octet(text, i + k) & 0xC0) != 0x80) return 0;
  return length;
}

std::string utf8_of_bytes(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = is_marked_byte(bytes, i) ? 0 : utf8_length(bytes, i);
    if (length == 0) {
      const unsigned c = octet(bytes, i);
      text.append({char(0xEE), char(0xBC | (c >> 6)), char(0x80 | (c & 0x3F))});
    } else {
      text.append(bytes.substr(i, length));
    }
    i += std::max<std::size_t>(length, 1);
  }
  return text;
}

std::string bytes_of_utf8(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    const bool marked = is_marked_byte(text, i);
    bytes += marked ? char((octet(text, i + 1) & 3) << 6 | (octet(text, i + 2) & 0x3F)) : text[i];
    i += marked ? 3 : 1;
  }
  return bytes;
}

}  // namespace rfmap::core
