#include <algorithm>
#include <bit>

#include "io/byte_order.h"
#include "io/format.h"

namespace rfmap::io {
namespace {

using Span = std::span<const std::uint8_t>;

Span part(Span bytes, std::size_t at, std::size_t length) {
  if (at > bytes.size()) return {};
  return bytes.subspan(at, std::min(length, bytes.size() - at));
}

Span without_exif_prefix(Span block) {
  const bool prefixed = ByteView{block}.starts_with("Exif\0\0", 0, 6);
  return prefixed ? block.subspan(6) : block;
}

/// The first APP1 segment that holds EXIF, before the image data.
Span jpeg_block(Span bytes) {
  ByteView view{bytes};
  for (std::size_t at = 2; view.ok;) {
    if (view.get(at, 1) != 0xFF) return {};
    const std::uint32_t marker = view.get(at + 1, 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) return {};
    const std::size_t length = view.get(at + 2, 2);
    if (marker == 0xE1 && view.starts_with("Exif\0\0", at + 4, 6))
      return part(bytes, at + 10, length < 8 ? 0 : length - 8);
    at += 2 + length;
  }
  return {};
}

Span png_block(Span bytes) {
  ByteView view{bytes};
  for (std::size_t at = 8; view.ok;) {
    const std::size_t length = view.get(at, 4);
    if (view.starts_with("eXIf", at + 4, 4)) return part(bytes, at + 8, length);
    at += 12 + length;
  }
  return {};
}

Span webp_block(Span bytes) {
  ByteView view{bytes, std::endian::little};
  for (std::size_t at = 12; view.ok;) {
    const std::size_t length = view.get(at + 4, 4);
    if (view.starts_with("EXIF", at, 4)) return part(bytes, at + 8, length);
    at += 8 + length + length % 2;
  }
  return {};
}

int stated_orientation(Span block) {
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;
  int orientation = 1;
  for_each_tiff_field(without_exif_prefix(block), [&](ByteView& view, const TiffField& field) {
    if (field.tag != kOrientation || field.type != kShort || field.count != 1) return;
    const std::uint32_t value = view.get(field.at, 2);
    if (value >= 1 && value <= 8) orientation = int(value);
  });
  return orientation;
}

}  // namespace

int exif_orientation(ImageFormat format, Span bytes) {
  if (format == ImageFormat::jpeg) return stated_orientation(jpeg_block(bytes));
  if (format == ImageFormat::png) return stated_orientation(png_block(bytes));
  if (format == ImageFormat::webp) return stated_orientation(webp_block(bytes));
  return 1;
}

}  // namespace rfmap::io
