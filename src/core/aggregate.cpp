#include "rfmap/aggregate.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/bootstrap.h"
#include "core/recentre.h"
#include "core/sizes.h"

namespace rfmap {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct CanvasAxis {
  double size;    ///< theoretical field
  double centre;  ///< of the field at position 0
  int occluder, input;
};

int canvas_side(const CanvasAxis& a, Deposit deposit, bool whole) {
  const int margin = deposit == Deposit::center ? 2 * (a.occluder / 2) : 2 * (a.occluder - 1);
  const int most = 2 * a.input - 1;
  const double side = whole ? most : std::min<double>(std::ceil(a.size) + margin, most);
  const bool half_pixel = std::lround(2 * a.centre) % 2 != 0, even = int(side) % 2 == 0;
  return int(side) + (half_pixel != even ? 1 : 0);
}

/// Mean and number of reaching images of each pixel, in the order of the images.
void average(const std::vector<Recentred>& maps, const Canvas& canvas, Border border,
             UnitField& unit) {
  const std::size_t pixels = unit.mean.size();
  std::vector<double> sums(pixels, 0);
  for (const Recentred& map : maps) {
    std::size_t i = 0;
    for (int y = 0; y < canvas.height; ++y)
      for (int x = 0; x < canvas.width; ++x, ++i) {
        sums[i] += map.values[i];
        unit.count[i] += map.reaches(y, x);
      }
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    const double over = border == Border::zero ? double(maps.size()) : unit.count[i];
    if (over > 0) unit.mean[i] = float(sums[i] / over);
  }
}

/// Pixels that count for peak and sizes of the unit: at least half of the images reach them.
std::vector<std::uint8_t> counted_pixels(const UnitField& unit, std::size_t images, Border border) {
  std::vector<std::uint8_t> counted;
  counted.reserve(unit.count.size());
  for (const std::uint16_t n : unit.count)
    counted.push_back(border == Border::zero || 2 * std::size_t(n) >= images);
  return counted;
}

float own_size(const Recentred& map, const Canvas& canvas, const AggregateRules& rules) {
  std::vector<std::uint8_t> counted;
  counted.reserve(map.values.size());
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x)
      counted.push_back(rules.border == Border::zero || map.reaches(y, x));
  return size_by_rule(map.values, counted, canvas, rules.size_rule, rules.size_cut);
}

}  // namespace

Canvas make_canvas(const Field& field, const Grid& grid, Deposit deposit, bool whole) {
  const Centre centre = field_centre(field, {0, 0});
  return {canvas_side({field.y.size(), centre.y, grid.occluder.h, grid.input.h}, deposit, whole),
          canvas_side({field.x.size(), centre.x, grid.occluder.w, grid.input.w}, deposit, whole)};
}

UnitField aggregate_unit(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                         const AggregateRules& rules, int unit) {
  const std::size_t pixels = std::size_t(canvas.height) * canvas.width;
  UnitField result;
  result.mean.assign(pixels, kNan);
  result.count.assign(pixels, 0);
  std::vector<Recentred> recentred;
  for (const ChangeMap& map : maps) recentred.push_back(recentre(map, grid, canvas, rules));
  if (!maps.empty()) average(recentred, canvas, rules.border, result);

  std::vector<std::uint8_t> counted = counted_pixels(result, maps.size(), rules.border);
  if (maps.empty()) std::fill(counted.begin(), counted.end(), 0);
  result.sizes = measure_sizes(result.mean, counted, canvas, rules.size_cut);
  result.size = chosen_size(result.sizes, rules.size_rule, rules.size_cut);
  result.truncated = truncated_share(result.mean, counted, canvas, rules.size_cut);
  result.interval = {kNan, kNan};
  if (counted_peak(result.mean, counted) > 0)
    result.interval = bootstrap_interval(recentred, counted, canvas, rules, unit);
  for (const Recentred& map : recentred) result.rank_size.push_back(own_size(map, canvas, rules));
  return result;
}

}  // namespace rfmap
