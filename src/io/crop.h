#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include "rfmap/preprocess.h"

namespace rfmap::io {

/// Size after the resize step: the short side to `resize.short_side` (long side floor(long * s /
/// short), as torchvision rounds), or `resize.warp`, or unchanged.
Size resized_size(Size original, const Preprocessing& p);

/// 8-bit BGR of any size -> the network's crop: resize, centre crop, channels in the network's
/// order. Along an axis that shrinks: area average; along one that grows: bilinear (if both occur,
/// the shrinking axis first). Throws Unreadable if the image is smaller than the crop, or so thin
/// that the resize would make more than 2^26 pixels of it.
Crop make_crop(const cv::Mat& bgr, const Preprocessing& p, int channels);

/// Throws ConfigError if channel order and channel count do not fit, or no crop is given.
void require_usable(const Preprocessing& p, int channels);

/// The crop's channels as images that share its pixels.
std::vector<cv::Mat> plane_views(Crop& crop);
/// The crop as 8-bit BGR or grey image, rows of pixels.
cv::Mat to_image(Crop crop, ChannelOrder order);
/// Planes of an interleaved image, [C, H, W].
Crop to_planes(const cv::Mat& image);

}  // namespace rfmap::io
