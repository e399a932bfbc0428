#include "core/signed_means.h"

#include <cmath>
#include <vector>

#include "core/mean_map.h"
#include "core/nan.h"

namespace rfmap {
namespace {

std::vector<float> mean_by(Discrepancy discrepancy, std::span<const ChangeMap> maps,
                           const Grid& grid, const Canvas& canvas, AggregateRules rules) {
  rules.discrepancy = discrepancy;
  rules.normalize = Normalize::none;
  return mean_map(maps, grid, canvas, rules).values;
}

}  // namespace

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

}  // namespace rfmap
