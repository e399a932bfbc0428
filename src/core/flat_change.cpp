#include "core/flat_change.h"

#include <algorithm>

namespace rfmap {
namespace {

/// Length that an occluder at `origin` shares with 0..size.
double overlap(double origin, int occluder, double size) {
  return std::max(0.0, std::min(origin + occluder, size) - std::max(origin, 0.0));
}

}  // namespace

std::vector<float> flat_change(const Grid& grid, const Centre& centre, double height,
                               double width) {
  const double top = centre.y - (height - 1) / 2, left = centre.x - (width - 1) / 2;
  std::vector<float> change;
  change.reserve(grid.positions());
  for (int i = 0; i < grid.positions(); ++i) {
    const Point origin = grid.origin(i);
    change.push_back(float(overlap(origin.y - top, grid.occluder.h, height) *
                           overlap(origin.x - left, grid.occluder.w, width)));
  }
  return change;
}

}  // namespace rfmap
