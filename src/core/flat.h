#pragma once

#include <vector>

#include "rfmap/occlusion.h"

namespace rfmap {

/// Change of a linear unit whose weights are 1 on height x width pixels around `centre`: its
/// overlap with the occluder at every position of the grid, row-major.
std::vector<float> flat_change(const Grid& grid, const Centre& centre, double height, double width);

}  // namespace rfmap
