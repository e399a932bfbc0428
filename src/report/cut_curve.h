#pragma once

#include <array>
#include <string>
#include <vector>

#include "report/recorded.h"

namespace rfmap::report {

/// Cuts of the curve: 0.05, 0.1, ... 0.5 of the peak.
constexpr int kCurveCuts = 10;
inline double curve_cut(int i) { return 0.05 * (i + 1); }

/// Side (root of the area) of a mean map at each of the cuts, px; NaN where nothing is above 0.
std::array<float, kCurveCuts> sizes_by_cut(const CountedMean& map);

/// How the size depends on the cut: mean and standard deviation over units, as a small picture.
/// Empty where no unit has a size.
std::string cut_curve(const std::vector<std::array<float, kCurveCuts>>& units);

}  // namespace rfmap::report
