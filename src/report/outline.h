#pragma once

#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace rfmap::report {

/// Closed line, px of the network's input from the centre of the map (pixel centres at
/// j - (width - 1) / 2).
using Ring = std::vector<cv::Point2d>;

/// Borders of the area where a [height, width] map, read bilinearly, is at least `level`; NaN is
/// below. Holes have rings of their own (even-odd rule). Within a quarter of a pixel.
std::vector<Ring> outline(std::span<const float> map, cv::Size size, double level);

/// The rings as the "d" of an SVG path, two decimals.
std::string path_data(const std::vector<Ring>& rings);

}  // namespace rfmap::report
