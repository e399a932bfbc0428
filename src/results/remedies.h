#pragma once

namespace rfmap::results {

/// What a user does about a damaged file.
inline constexpr const char* kRepeat = "; take an intact copy or repeat the run";
inline constexpr const char* kMeasureAgain = "; remove it to measure it again";

}  // namespace rfmap::results
