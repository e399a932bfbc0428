#include "io/format.h"

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include <zlib.h>

#include "io/byte_order.h"
#include "io/files.h"

namespace rfmap::io {
namespace {

using Span = std::span<const std::uint8_t>;

enum TiffTag : std::uint32_t {
  kStripOffsets = 273,
  kStripByteCounts = 279,
  kTileOffsets = 324,
  kTileByteCounts = 325,
};

bool jpeg_ends(Span bytes) {
  ByteView view{bytes};
  for (std::size_t at = 2; at + 1 < bytes.size();) {
    const std::uint32_t marker = bytes[at + 1];
    if (bytes[at] != 0xFF || marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker == 0xD9) return true;
    const bool bare = marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
    at += 2;
    if (!bare) at += view.get(at, 2);
  }
  return false;
}

constexpr std::size_t kPngSignature = 8;

void require_png(Span bytes) {
  ByteView view{bytes};
  for (std::size_t at = kPngSignature;;) {
    const std::size_t length = view.get(at, 4);
    const std::size_t end = at + 12 + length;
    if (!view.ok || end > bytes.size()) throw Damaged("is a PNG cut short");
    const auto sum = crc32(0, bytes.data() + at + 4, uInt(length + 4));
    if (sum != view.get(at + 8 + length, 4)) throw Damaged("is a damaged PNG: a checksum is wrong");
    if (view.starts_with("IEND", at + 4, 4)) return;
    at = end;
  }
}

bool bmp_ends(Span bytes) {
  ByteView view{bytes, std::endian::little};
  if (view.get(14, 4) < 40) return true;  // OS/2 headers: checked by the decoder only
  const std::uint64_t start = view.get(10, 4);
  const auto width = std::int32_t(view.get(18, 4)), height = std::int32_t(view.get(22, 4));
  const std::uint64_t bits = view.get(28, 2), compression = view.get(30, 4);
  if (!view.ok) return false;
  if (compression == 1 || compression == 2) return start < bytes.size();  // run lengths
  const std::uint64_t columns = std::uint64_t(width < 0 ? -std::int64_t(width) : width);
  const std::uint64_t rows = std::uint64_t(height < 0 ? -std::int64_t(height) : height);
  return start + (columns * bits + 31) / 32 * 4 * rows <= bytes.size();
}

bool tiff_ends(Span bytes) {
  std::vector<std::uint64_t> offsets, counts;
  const bool whole = for_each_tiff_field(bytes, [&](ByteView& view, const TiffField& field) {
    const bool is_offset = field.tag == kStripOffsets || field.tag == kTileOffsets;
    const bool is_count = field.tag == kStripByteCounts || field.tag == kTileByteCounts;
    const int width = field.type == 3 ? 2 : 4;
    if (is_offset || is_count)
      for (std::uint32_t i = 0; i < field.count && view.ok; ++i)
        (is_offset ? offsets : counts)
            .push_back(view.get(field.at + std::size_t(i) * std::size_t(width), width));
  });
  if (!whole) return false;
  for (std::size_t i = 0; i < offsets.size() && i < counts.size(); ++i)
    if (offsets[i] + counts[i] > bytes.size()) return false;
  return true;
}

bool webp_ends(Span bytes) {
  ByteView view{bytes, std::endian::little};
  return std::uint64_t(view.get(4, 4)) + 8 <= bytes.size();
}

}  // namespace

ImageFormat image_format(Span bytes) {
  const ByteView view{bytes};
  if (view.starts_with("\xFF\xD8\xFF", 0, 3)) return ImageFormat::jpeg;
  if (view.starts_with("\x89PNG\r\n\x1A\n", 0, 8)) return ImageFormat::png;
  if (view.starts_with("BM", 0, 2) && bytes.size() >= 26) return ImageFormat::bmp;
  if (view.starts_with("II*\0", 0, 4) || view.starts_with("MM\0*", 0, 4)) return ImageFormat::tiff;
  if (view.starts_with("RIFF", 0, 4) && view.starts_with("WEBP", 8, 4)) return ImageFormat::webp;
  return ImageFormat::unknown;
}

const char* format_name(ImageFormat format) {
  constexpr const char* names[] = {"unknown", "JPEG", "PNG", "BMP", "TIFF", "WebP"};
  return names[int(format)];
}

void require_complete(ImageFormat format, Span bytes) {
  if (format == ImageFormat::png) return require_png(bytes);
  if (format == ImageFormat::jpeg && !jpeg_ends(bytes))
    throw Damaged("is a JPEG cut short: its end marker is missing");
  if ((format == ImageFormat::bmp && !bmp_ends(bytes)) ||
      (format == ImageFormat::tiff && !tiff_ends(bytes)) ||
      (format == ImageFormat::webp && !webp_ends(bytes)))
    throw Damaged(std::string("is a ") + format_name(format) + " cut short");
}

Bytes bare_png(Span bytes) {
  Bytes bare(bytes.begin(), bytes.begin() + kPngSignature);
  ByteView view{bytes};
  for (std::size_t at = kPngSignature; at < bytes.size();) {
    const std::size_t length = 12 + std::size_t(view.get(at, 4));
    const bool critical = (view.get(at + 4, 1) & 0x20) == 0;
    if (!view.ok) break;
    if (critical || view.starts_with("tRNS", at + 4, 4))
      bare.insert(bare.end(), bytes.begin() + long(at), bytes.begin() + long(at + length));
    if (view.starts_with("IEND", at + 4, 4)) break;
    at += length;
  }
  return bare;
}

}  // namespace rfmap::io
