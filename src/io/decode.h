#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core.hpp>

namespace rfmap::io {

/// An encoded image as 8-bit BGR, upright (EXIF orientation applied once). Alpha is dropped without
/// blending, as PIL's convert("RGB") and Caffe do; 16 bits become round(v / 257). Throws
/// Unreadable.
cv::Mat decode_image(std::span<const std::uint8_t> bytes);

/// Makes OpenCV print nothing and start no threads of its own; called before any use.
void quiet_opencv();

}  // namespace rfmap::io
