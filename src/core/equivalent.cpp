#include "core/equivalent.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "core/nan.h"
#include "core/recentre.h"
#include "core/sizes.h"

namespace rfmap::core {
namespace {

/// Where a centre lies between two positions of the grid, in pixels; centres alike are one.
using Phases = std::map<std::pair<double, double>, int>;

double phase(double centre, double first, int stride) {
  constexpr double kSteps = 1 << 12;  // centres are fractions of small whole numbers
  const double offset = std::fmod(centre - first, double(stride));
  const double rounded = std::round(offset * kSteps) / kSteps;
  return rounded < 0 ? rounded + stride : rounded;
}

Phases phases_of(std::span<const Centre> centres, const Grid& grid) {
  Phases phases;
  for (const Centre& c : centres)
    ++phases[{phase(c.y, grid.centre_y(0), grid.stride.h),
              phase(c.x, grid.centre_x(0), grid.stride.w)}];
  return phases;
}

/// Positions that the grid needs on each side of a field's centre.
int positions_around(double side, int occluder, int stride) {
  return int((side / 2 + 2 * occluder) / stride) + 2;
}

/// A grid around the origin without an image, and the flat field's change on it.
struct FlatMap {
  Grid grid;
  Centre centre;
  std::vector<float> change;
};

/// A field of whole pixels cannot have its middle where the unit has its centre when one lies on a
/// pixel and the other between two: it is then that of a unit half a pixel on.
double off_centre(double side, int canvas) {
  const bool whole = side == std::floor(side);
  return whole && int(side) % 2 != canvas % 2 ? 0.5 : 0;
}

FlatMap flat_map(double side, const std::pair<double, double>& phase, const Grid& like,
                 const Canvas& canvas) {
  FlatMap map;
  map.grid = like;
  const int rows = positions_around(side, like.occluder.h, like.stride.h);
  const int columns = positions_around(side, like.occluder.w, like.stride.w);
  map.grid.first = {-rows * like.stride.h, -columns * like.stride.w};
  map.grid.count = {2 * rows + 2, 2 * columns + 2};
  map.centre = {(like.occluder.h - 1) / 2.0 + phase.first + off_centre(side, canvas.height),
                (like.occluder.w - 1) / 2.0 + phase.second + off_centre(side, canvas.width)};
  map.change = flat_change(map.grid, map.centre, side, side);
  return map;
}

/// Even where the field's side is.
int canvas_side(double side, int occluder, int like) {
  const int s = int(std::ceil(side)) + 2 * occluder + 2;
  const int parity = off_centre(side, like) > 0 ? 1 - like % 2 : like % 2;
  return s + (s % 2 != parity);
}

}  // namespace

float flat_reading(double side, std::span<const Centre> centres, const Grid& grid,
                   const Canvas& like, const AggregateRules& rules) {
  const Canvas canvas{canvas_side(side, grid.occluder.h, like.height),
                      canvas_side(side, grid.occluder.w, like.width)};
  const std::size_t pixels = std::size_t(canvas.height) * canvas.width;
  std::vector<float> mean(pixels, 0);
  for (const auto& [phase, times] : phases_of(centres, grid)) {
    const FlatMap map = flat_map(side, phase, grid, like);
    const Recentred one = recentre({map.change, map.centre}, map.grid, canvas, rules);
    for (std::size_t i = 0; i < pixels; ++i) mean[i] += float(times) * one.values[i];
  }
  const std::vector<std::uint8_t> counted(pixels, 1);
  return size_by_rule(mean, counted, canvas, rules.size_rule, rules.size_cut);
}

float equivalent_size(float size, std::span<const Centre> centres, const Grid& grid,
                      const Canvas& canvas, const AggregateRules& rules) {
  if (!(size > 0) || centres.empty()) return kNan;
  std::map<int, float> known;
  const auto reading = [&](int side) {
    const auto [entry, is_new] = known.try_emplace(side);
    if (is_new) entry->second = flat_reading(side, centres, grid, canvas, rules);
    return entry->second;
  };
  const int most = 4 * std::max(grid.input.h, grid.input.w);
  if (!(reading(1) < size)) return kNan;
  int low = 1, high = 2;
  while (!(reading(high) > size) && high < most) low = high, high *= 2;
  if (!(reading(high) > size)) return kNan;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (reading(middle) > size ? high : low) = middle;
  }
  int first = low;  // sides that read alike cannot be told apart
  while (first > 1 && reading(first - 1) >= size) --first;
  const double side = first < low
                          ? (first + low) / 2.0
                          : float(low) + (size - reading(low)) / (reading(high) - reading(low));
  return side < 1.5 ? kNan : float(side);
}

}  // namespace rfmap::core
