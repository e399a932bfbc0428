#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "report/colours.h"

namespace rfmap::report {

/// Opacity of each entry of a palette, 0..255.
using Opacities = std::array<std::uint8_t, 256>;

/// Values as palette indices, CV_8U: 0 where NaN, else 1..255 evenly from `low` to `high`.
cv::Mat indices_of(std::span<const float> values, cv::Size size, double low, double high);

/// The palette whose entries 1..255 are a colour table's; entry 0 is free (not measured).
Palette indexed(const Palette& colours);

/// 8-bit palette PNG (PNG specification, colour type 3): a third of the size of a true-colour one.
/// Throws EngineError if memory runs out.
std::vector<std::uint8_t> indexed_png(const cv::Mat& indices, const Palette& palette,
                                      const Opacities& opacities);

}  // namespace rfmap::report
