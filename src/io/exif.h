#pragma once

#include <cstdint>
#include <span>

#include "io/format.h"

namespace rfmap::io {

/// EXIF orientation 1..8 of a JPEG, PNG or WebP file (1 if it is missing or invalid). A TIFF's own
/// orientation is handled by the decoder: 1 here. Source: EXIF 2.3, section 4.6.4, tag 0x0112.
int exif_orientation(ImageFormat format, std::span<const std::uint8_t> bytes);

}  // namespace rfmap::io
