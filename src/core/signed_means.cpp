#include "core/signed_means.h"

#include <cmath>
#include <limits>
#include <vector>

#include "core/recentre.h"

namespace rfmap {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> mean_by(Discrepancy discrepancy, std::span<const ChangeMap> maps,
                           const Grid& grid, const Canvas& canvas, AggregateRules rules,
                           const std::vector<std::uint16_t>& count) {
  rules.discrepancy = discrepancy;
  rules.normalize = Normalize::none;
  std::vector<double> sums(count.size(), 0);
  for (const ChangeMap& map : maps) {
    const Recentred one = recentre(map, grid, canvas, rules);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += one.values[i];
  }
  std::vector<float> mean(count.size(), kNan);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const double over = rules.border == Border::zero ? double(maps.size()) : count[i];
    if (over > 0) mean[i] = float(sums[i] / over);
  }
  return mean;
}

}  // namespace

void measure_signed(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                    const AggregateRules& rules, std::span<const std::uint8_t> counted,
                    UnitField& unit) {
  unit.signed_mean = mean_by(Discrepancy::signed_change, maps, grid, canvas, rules, unit.count);
  unit.abs_mean = mean_by(Discrepancy::abs, maps, grid, canvas, rules, unit.count);
  double drops = 0, rises = 0;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    if (!counted[i] || std::isnan(unit.abs_mean[i])) continue;
    drops += (double(unit.abs_mean[i]) + unit.signed_mean[i]) / 2;
    rises += (double(unit.abs_mean[i]) - unit.signed_mean[i]) / 2;
  }
  unit.inhibition = drops > 0 ? float(rises / drops) : kNan;
}

}  // namespace rfmap
