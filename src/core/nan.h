#pragma once

#include <limits>

namespace rfmap::core {

/// What has no value: a size where nothing is above zero, a pixel that no image reaches.
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

}  // namespace rfmap::core
