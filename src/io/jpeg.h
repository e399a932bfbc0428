#pragma once

#include <cstdint>
#include <span>

namespace rfmap::io {

/// Reads all entropy-coded data of a JPEG without computing pixels. Throws Unreadable if the
/// decoder would repair damage (and report it on standard error, without the file's name).
void require_sound_jpeg(std::span<const std::uint8_t> bytes);

}  // namespace rfmap::io
