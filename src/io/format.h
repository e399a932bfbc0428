#pragma once

#include <cstdint>
#include <span>

#include "io/files.h"

namespace rfmap::io {

enum class ImageFormat { unknown, jpeg, png, bmp, tiff, webp };

/// The format by the first bytes, not by the file's name.
ImageFormat image_format(std::span<const std::uint8_t> bytes);
const char* format_name(ImageFormat format);

/// Throws Damaged if the file ends early or a checksum is wrong. Decoders return half an image
/// without an error, so the container is checked here: JPEG's end marker, PNG's chunks with their
/// checksums, the lengths that BMP, TIFF and WebP state.
void require_complete(ImageFormat format, std::span<const std::uint8_t> bytes);

/// Reads all entropy-coded data of a JPEG without computing pixels. Throws Damaged if the decoder
/// would repair damage. Where it would only remark on something harmless (on standard error,
/// without the file's name): a copy with the same coefficients and nothing to remark on; otherwise
/// empty.
Bytes sound_jpeg(std::span<const std::uint8_t> bytes);

/// A complete PNG with only the chunks on which pixels depend: the decoder remarks on others (on
/// standard error, without the file's name).
Bytes bare_png(std::span<const std::uint8_t> bytes);

/// EXIF orientation 1..8 of a JPEG, PNG or WebP file (1 if it is missing or invalid). A TIFF's own
/// orientation is handled by the decoder: 1 here. Source: EXIF 2.3, section 4.6.4, tag 0x0112.
int exif_orientation(ImageFormat format, std::span<const std::uint8_t> bytes);

}  // namespace rfmap::io
