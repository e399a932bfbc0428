#include "rfmap/aggregate.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/bootstrap.h"
#include "core/clusters.h"
#include "core/equivalent.h"
#include "core/mean_map.h"
#include "core/nan.h"
#include "core/recentre.h"
#include "core/sizes.h"
#include "core/split_half.h"

namespace rfmap {

using namespace core;

namespace {

float own_size(const Recentred& map, const Canvas& canvas, const AggregateRules& rules) {
  std::vector<std::uint8_t> counted = reached_pixels(map);
  if (rules.border == Border::zero) counted.assign(counted.size(), 1);
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

std::vector<float> mean_by(Discrepancy discrepancy, std::span<const ChangeMap> maps,
                           const Grid& grid, const Canvas& canvas, AggregateRules rules) {
  rules.discrepancy = discrepancy;
  rules.normalize = Normalize::none;
  return mean_map(maps, grid, canvas, rules).values;
}

/// Fills signed_mean, abs_mean and inhibition of a unit: the means of the change by sign, recentred
/// as the field is but never normalised, whatever the discrepancy rule.
void measure_signed(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                    const AggregateRules& rules, std::span<const std::uint8_t> counted,
                    UnitField& unit) {
  unit.signed_mean = mean_by(Discrepancy::signed_change, maps, grid, canvas, rules);
  unit.abs_mean = mean_by(Discrepancy::abs, maps, grid, canvas, rules);
  double drops = 0, rises = 0;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    if (!counted[i] || std::isnan(unit.abs_mean[i])) continue;
    drops += (double(unit.abs_mean[i]) + unit.signed_mean[i]) / 2;
    rises += (double(unit.abs_mean[i]) - unit.signed_mean[i]) / 2;
  }
  unit.inhibition = drops > 0 ? float(rises / drops) : kNan;
}

}  // namespace

Canvas make_canvas(const Field& given, const Grid& grid, const AggregateRules& rules,
                   CanvasOf what) {
  const Field field = given.local();
  const Centre centre = field_centre(field, {0, 0});
  const auto side = [&](const AxisField& axis, double middle, int occluder, int input) {
    const int margin = rules.deposit == Deposit::center ? 2 * (occluder / 2) : 2 * (occluder - 1);
    const double jump = rules.recentre == Recentre::ties_mean ? axis.stride() : 0;
    const double most = 2 * input - 1;
    const int s = int(what == CanvasOf::whole_input
                          ? most
                          : std::min(std::ceil(axis.size()) + margin + std::ceil(jump), most));
    const bool half_pixel = std::lround(2 * middle) % 2 != 0, even = s % 2 == 0;
    return s + (half_pixel != even ? 1 : 0);
  };
  return {side(field.y, centre.y, grid.occluder.h, grid.input.h),
          side(field.x, centre.x, grid.occluder.w, grid.input.w)};
}

Centre response_centre(const Field& field, const Peak& peak) {
  const Centre at = field_centre(field, peak.location);
  const Centre next = field_centre(field, {peak.location.y + 1, peak.location.x + 1});
  return {at.y + (peak.centre.y - float(peak.location.y)) * (next.y - at.y),
          at.x + (peak.centre.x - float(peak.location.x)) * (next.x - at.x)};
}

UnitField aggregate_unit(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                         const AggregateRules& rules, const RandomStream& random) {
  std::vector<Recentred> recentred;
  MapSum<double> sum(canvas);
  for (const ChangeMap& map : maps)
    sum.add(recentred.emplace_back(recentre(map, grid, canvas, rules)));
  MeanMap mean = sum.mean(rules.border);
  UnitField result;
  result.mean = std::move(mean.values);
  result.count = std::move(mean.count);
  const std::vector<std::uint8_t> counted = counted_pixels(result.count, maps.size(), rules.border);
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
  const Interval95 found = bootstrap_interval(recentred, clusters, counted, canvas, rules, random);
  result.interval = {result.size + found.below, result.size + found.above};
  result.bias = found.bias;
  result.equivalent = equivalent_size(result.size, centres, grid, canvas, rules);
  result.thinned = thinned_size(maps, grid, canvas, rules);
  result.reliability = split_half_reliability(recentred, clusters, counted, random);
  return result;
}

}  // namespace rfmap
