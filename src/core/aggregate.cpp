#include "rfmap/aggregate.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/bootstrap.h"
#include "core/clusters.h"
#include "core/equivalent.h"
#include "core/recentre.h"
#include "core/signed_means.h"
#include "core/sizes.h"
#include "core/split_half.h"
#include "core/thinned.h"

namespace rfmap {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct CanvasAxis {
  double size;    ///< theoretical field
  double jump;    ///< more, for ties
  double centre;  ///< of the field at position 0
  int occluder, input;
};

int canvas_side(const CanvasAxis& a, Deposit deposit, bool whole) {
  const int margin = deposit == Deposit::center ? 2 * (a.occluder / 2) : 2 * (a.occluder - 1);
  const int most = 2 * a.input - 1;
  const double side =
      whole ? most : std::min<double>(std::ceil(a.size) + margin + std::ceil(a.jump), most);
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

/// Of the positive part, from the canvas' middle.
Centre centroid_of(const Recentred& map, const Canvas& canvas) {
  double mass = 0, y = 0, x = 0;
  std::size_t i = 0;
  for (int row = 0; row < canvas.height; ++row)
    for (int column = 0; column < canvas.width; ++column, ++i) {
      const double value = std::max(map.values[i], 0.f);
      mass += value;
      y += value * row;
      x += value * column;
    }
  return {y / mass - (canvas.height - 1) / 2.0, x / mass - (canvas.width - 1) / 2.0};
}

}  // namespace

Canvas make_canvas(const Field& given, const Grid& grid, const AggregateRules& rules, bool whole) {
  const Field field = given.local();
  const Centre centre = field_centre(field, {0, 0});
  const double ties = rules.recentre == Recentre::ties_mean ? 1 : 0;
  const CanvasAxis y{field.y.size(), ties * field.y.stride(), centre.y, grid.occluder.h,
                     grid.input.h};
  const CanvasAxis x{field.x.size(), ties * field.x.stride(), centre.x, grid.occluder.w,
                     grid.input.w};
  return {canvas_side(y, rules.deposit, whole), canvas_side(x, rules.deposit, whole)};
}

Centre response_centre(const Field& field, const Peak& peak) {
  const Centre at = field_centre(field, peak.location);
  const Centre next = field_centre(field, {peak.location.y + 1, peak.location.x + 1});
  return {at.y + (peak.centre.y - peak.location.y) * (next.y - at.y),
          at.x + (peak.centre.x - peak.location.x) * (next.x - at.x)};
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
  measure_signed(maps, grid, canvas, rules, counted, result);
  result.interval = {kNan, kNan};
  result.bias = result.equivalent = result.thinned = result.reliability = kNan;
  for (const Recentred& map : recentred) {
    result.rank_size.push_back(own_size(map, canvas, rules));
    result.rank_centroid.push_back(centroid_of(map, canvas));
  }
  if (!(counted_peak(result.mean, counted) > 0)) return result;
  std::vector<Centre> centres;
  for (const ChangeMap& map : maps) centres.push_back(map.centre);
  const std::vector<int> clusters = clusters_of(maps);
  const Interval95 found = bootstrap_interval(recentred, clusters, counted, canvas, rules, unit);
  result.interval = {result.size + found.below, result.size + found.above};
  result.bias = found.bias;
  result.equivalent = equivalent_size(result.size, centres, grid, canvas, rules);
  result.thinned = thinned_size(maps, grid, canvas, rules);
  result.reliability = split_half_reliability(recentred, clusters, counted, rules.seed, unit);
  return result;
}

}  // namespace rfmap
