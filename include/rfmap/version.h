#pragma once

namespace rfmap {
/// Set by the build from the project's version.
inline constexpr const char* kVersion = RFMAP_VERSION;
}  // namespace rfmap
