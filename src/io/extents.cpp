#include "io/extents.h"

#include <bit>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "io/byte_order.h"
#include "io/files.h"

namespace rfmap::io {
namespace {

using Span = std::span<const std::uint8_t>;

Extents png_extents(Span bytes) {
  ByteView view{bytes};
  return {view.get(20, 4), view.get(16, 4)};
}

/// Of the first frame header: markers C0 to CF but for tables (C4, CC) and an extension (C8).
Extents jpeg_extents(Span bytes) {
  ByteView view{bytes};
  for (std::size_t at = 2; view.ok;) {
    if (view.get(at, 1) != 0xFF) return {};
    const std::uint32_t marker = view.get(at + 1, 1);
    const bool bare = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
    if (marker == 0xFF || bare) {
      at += bare ? 2 : 1;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) return {};
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return {view.get(at + 5, 2), view.get(at + 7, 2)};
    at += 2 + view.get(at + 2, 2);
  }
  return {};
}

Extents bmp_extents(Span bytes) {
  ByteView view{bytes, std::endian::little};
  if (view.get(14, 4) == 12) return {view.get(20, 2), view.get(18, 2)};
  const auto side = [&](std::size_t at) {
    return std::uint64_t(std::llabs(std::int32_t(view.get(at, 4))));
  };
  return {side(22), side(18)};
}

Extents tiff_extents(Span bytes) {
  constexpr std::uint32_t kWidth = 256, kLength = 257, kShort = 3;
  Extents extents;
  for_each_tiff_field(bytes, [&](ByteView& view, const TiffField& field) {
    const std::uint32_t value = view.get(field.at, field.type == kShort ? 2 : 4);
    if (field.tag == kWidth) extents.width = value;
    if (field.tag == kLength) extents.height = value;
  });
  return extents;
}

/// Source: WebP container specification and RFC 6386, section 9.1.
Extents webp_extents(Span bytes) {
  ByteView view{bytes, std::endian::little};
  if (view.starts_with("VP8X", 12, 4)) return {view.get(27, 3) + 1u, view.get(24, 3) + 1u};
  if (view.starts_with("VP8L", 12, 4)) {
    const std::uint32_t bits = view.get(21, 4);
    return {(bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1};
  }
  if (view.starts_with("VP8 ", 12, 4)) return {view.get(28, 2) & 0x3FFF, view.get(26, 2) & 0x3FFF};
  return {};
}

}  // namespace

Extents header_extents(ImageFormat format, Span bytes) {
  switch (format) {
    case ImageFormat::png:
      return png_extents(bytes);
    case ImageFormat::jpeg:
      return jpeg_extents(bytes);
    case ImageFormat::bmp:
      return bmp_extents(bytes);
    case ImageFormat::tiff:
      return tiff_extents(bytes);
    case ImageFormat::webp:
      return webp_extents(bytes);
    case ImageFormat::unknown:
      break;
  }
  return {};
}

void require_decodable_size(ImageFormat format, Span bytes) {
  const Extents e = header_extents(format, bytes);
  if (e.height == 0 || e.width <= kMostDecoded / e.height) return;
  throw Unreadable(
      fmt::format("is a {} of {} x {} pixels: images of more than {} megapixels are "
                  "not read",
                  format_name(format), e.width, e.height, kMostDecoded / 1'000'000));
}

}  // namespace rfmap::io
