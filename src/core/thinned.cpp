#include <vector>

#include "core/mean_map.h"
#include "core/nan.h"
#include "core/sizes.h"

namespace rfmap::core {
namespace {

Grid thinned(const Grid& grid, Point phase) {
  Grid out = grid;
  out.stride = {2 * grid.stride.h, 2 * grid.stride.w};
  out.first = {grid.first.y + phase.y * grid.stride.h, grid.first.x + phase.x * grid.stride.w};
  out.count = {(grid.count.h - phase.y + 1) / 2, (grid.count.w - phase.x + 1) / 2};
  return out;
}

/// The map's change at every second position.
std::vector<float> thinned(const ChangeMap& map, const Grid& grid, const Grid& coarse,
                           Point phase) {
  std::vector<float> change(coarse.positions());
  for (int i = 0; i < coarse.positions(); ++i) {
    const Point cell = coarse.cell(i);
    change[i] = map.change[std::size_t(2 * cell.y + phase.y) * grid.count.w + 2 * cell.x + phase.x];
  }
  return change;
}

float size_of_phase(std::span<const ChangeMap> maps, const Grid& grid, Point phase,
                    const Canvas& canvas, const AggregateRules& rules) {
  const Grid coarse = thinned(grid, phase);
  MapSum<float> sum(canvas);
  for (const ChangeMap& map : maps) {
    const std::vector<float> change = thinned(map, grid, coarse, phase);
    sum.add(recentre({change, map.centre}, coarse, canvas, rules));
  }
  const MeanMap mean = sum.mean(rules.border);
  return size_by_rule(mean.values, counted_pixels(mean.count, maps.size(), rules.border), canvas,
                      rules.size_rule, rules.size_cut);
}

}  // namespace

float thinned_size(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                   const AggregateRules& rules) {
  if (maps.empty() || grid.count.h < 4 || grid.count.w < 4) return kNan;
  float sum = 0;
  for (const Point phase : {Point{0, 0}, {0, 1}, {1, 0}, {1, 1}})
    sum += size_of_phase(maps, grid, phase, canvas, rules);
  return sum / 4;
}

}  // namespace rfmap::core
