#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rfmap::io {

/// Unsigned integer of `count` bytes at `at`; false in `ok` (and 0) beyond the end.
struct ByteView {
  std::span<const std::uint8_t> bytes;
  std::endian order = std::endian::big;
  bool ok = true;

  std::uint32_t get(std::size_t at, int count) {
    if (at > bytes.size() || bytes.size() - at < std::size_t(count)) {
      ok = false;
      return 0;
    }
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i)
      value = value << 8 | bytes[at + std::size_t(order == std::endian::big ? i : count - 1 - i)];
    return value;
  }
  bool starts_with(const char* text, std::size_t at, std::size_t length) const {
    if (at > bytes.size() || bytes.size() - at < length) return false;
    for (std::size_t i = 0; i < length; ++i)
      if (bytes[at + i] != std::uint8_t(text[i])) return false;
    return true;
  }
};

/// One field of a TIFF directory: `count` values of `type`, at `at` (stored in the field itself if
/// they fit).
struct TiffField {
  std::uint32_t tag = 0, type = 0, count = 0;
  std::size_t at = 0;
};

/// Calls visit(view, field) for each field of the first directory of a TIFF structure (a TIFF file
/// or an EXIF block); false if the structure is damaged. Source: TIFF 6.0, section 2.
template <class Visitor>
bool for_each_tiff_field(std::span<const std::uint8_t> bytes, Visitor&& visit) {
  ByteView view{bytes};
  if (!view.starts_with("II*\0", 0, 4) && !view.starts_with("MM\0*", 0, 4)) return false;
  if (bytes[0] == 'I') view.order = std::endian::little;
  const std::size_t directory = view.get(4, 4);
  const std::uint32_t fields = view.get(directory, 2);
  constexpr std::uint32_t type_bytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
  for (std::uint32_t i = 0; i < fields && view.ok; ++i) {
    const std::size_t at = directory + 2 + std::size_t(i) * 12;
    TiffField field{view.get(at, 2), view.get(at + 2, 2), view.get(at + 4, 4), at + 8};
    const std::uint64_t width = field.type < 13 ? type_bytes[field.type] : 1;
    if (width * field.count > 4) field.at = view.get(at + 8, 4);
    if (view.ok) visit(view, field);
  }
  return view.ok && fields > 0;
}

}  // namespace rfmap::io
