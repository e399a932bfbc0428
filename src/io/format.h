#pragma once

#include <cstdint>
#include <span>

namespace rfmap::io {

enum class ImageFormat { unknown, jpeg, png, bmp, tiff, webp };

/// The format by the first bytes, not by the file's name.
ImageFormat image_format(std::span<const std::uint8_t> bytes);
const char* format_name(ImageFormat format);

/// Throws Unreadable if the file ends early or a checksum is wrong. Decoders return half an image
/// without an error, so the container is checked here: JPEG's end marker, PNG's chunks with their
/// checksums, the lengths that BMP, TIFF and WebP state.
void require_complete(ImageFormat format, std::span<const std::uint8_t> bytes);

}  // namespace rfmap::io
