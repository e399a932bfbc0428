#pragma once

#include <cstdint>
#include <span>

namespace rfmap {

/// Reads all entropy-coded data of a JPEG without making pixels of it. Throws Unreadable where the
/// decoder would repair damage inside (and say so on standard error, without the file's name).
void require_sound_jpeg(std::span<const std::uint8_t> bytes);

}  // namespace rfmap
