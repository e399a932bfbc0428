#include <algorithm>
#include <cmath>
#include <vector>

#include "rfmap/aggregate.h"

#include "core/equivalent.h"
#include "core/recentre.h"
#include "core/sizes.h"

namespace rfmap {

using namespace core;

namespace {

/// Length that an occluder at `origin` shares with 0..size.
double overlap(double origin, int occluder, double size) {
  return std::max(0.0, std::min(origin + occluder, size) - std::max(origin, 0.0));
}

/// At most four phases, evenly over one stride.
std::vector<int> phases(int stride) {
  std::vector<int> out;
  const int count = std::min(stride, 4);
  for (int i = 0; i < count; ++i) out.push_back(i * stride / count);
  return out;
}

/// A grid without an image around it, wide enough for the canvas on every side.
Grid free_grid(const Grid& grid, Size field, Point phase) {
  const auto before = [](int occluder, int stride) { return (2 * occluder) / stride + 2; };
  const int rows = before(grid.occluder.h, grid.stride.h);
  const int columns = before(grid.occluder.w, grid.stride.w);
  Grid out = grid;
  out.first = {phase.y - rows * grid.stride.h, phase.x - columns * grid.stride.w};
  out.count = {2 * rows + field.h / grid.stride.h + 2, 2 * columns + field.w / grid.stride.w + 2};
  return out;
}

}  // namespace

std::vector<float> core::flat_change(const Grid& grid, const Centre& centre, double height,
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

float size_flat(const FieldSize& field, const Grid& grid, const AggregateRules& rules) {
  const auto [height, width] = field;
  const Size ceiled{int(std::ceil(height)), int(std::ceil(width))};
  Field flat;
  flat.y.pieces = {{0, 1, double(ceiled.h)}};
  flat.x.pieces = {{0, 1, double(ceiled.w)}};
  Grid unbounded = grid;
  unbounded.input = {2 * ceiled.h + 4 * grid.occluder.h, 2 * ceiled.w + 4 * grid.occluder.w};
  const Canvas canvas = make_canvas(flat, unbounded, rules);
  const Centre centre{(height - 1) / 2, (width - 1) / 2};
  double sum = 0;
  int count = 0;
  for (int y : phases(grid.stride.h))
    for (int x : phases(grid.stride.w)) {
      const Grid shifted = free_grid(grid, ceiled, {y, x});
      const std::vector<float> change = flat_change(shifted, centre, height, width);
      const Recentred map = recentre({change, centre}, shifted, canvas, rules);
      sum += size_by_rule(map.values, reached_pixels(map), canvas, rules.size_rule, rules.size_cut);
      ++count;
    }
  return float(sum / count);
}

}  // namespace rfmap
