#pragma once

#include <cstdint>
#include <span>

#include "io/format.h"

/// The size that an image's header states, before anything is decoded: a few kilobytes can expand
/// to gigabytes.
namespace rfmap::io {

/// 16384 x 16384 pixels, 0.8 GB decoded.
inline constexpr std::uint64_t kMostDecoded = std::uint64_t(1) << 28;

struct Extents {
  std::uint64_t height = 0, width = 0;  ///< 0: the header does not say
};
Extents header_extents(ImageFormat format, std::span<const std::uint8_t> bytes);

/// Throws Unreadable for more than kMostDecoded.
void require_decodable_size(ImageFormat format, std::span<const std::uint8_t> bytes);

}  // namespace rfmap::io
