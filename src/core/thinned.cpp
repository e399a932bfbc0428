#include "core/thinned.h"

#include <limits>
#include <vector>

#include "core/recentre.h"
#include "core/sizes.h"

namespace rfmap {
namespace {

Grid thinned(const Grid& grid, Point phase) {
  Grid out = grid;
  out.stride = {2 * grid.stride.h, 2 * grid.stride.w};
  out.first = {grid.first.y + phase.y * grid.stride.h, grid.first.x + phase.x * grid.stride.w};
  out.count = {(grid.count.h - phase.y + 1) / 2, (grid.count.w - phase.x + 1) / 2};
  return out;
}

float size_of_phase(std::span<const ChangeMap> maps, const Grid& grid, Point phase,
                    const Canvas& canvas, const AggregateRules& rules) {
  const Grid coarse = thinned(grid, phase);
  const std::size_t pixels = std::size_t(canvas.height) * canvas.width;
  std::vector<float> sums(pixels, 0), change(coarse.positions());
  std::vector<int> counts(pixels, 0);
  for (const ChangeMap& map : maps) {
    for (int i = 0; i < coarse.positions(); ++i) {
      const Point cell = coarse.cell(i);
      change[i] =
          map.change[std::size_t(2 * cell.y + phase.y) * grid.count.w + 2 * cell.x + phase.x];
    }
    const Recentred one = recentre({change, map.centre}, coarse, canvas, rules);
    for (std::size_t i = 0; i < pixels; ++i) {
      sums[i] += one.values[i];
      counts[i] += one.reaches(int(i) / canvas.width, int(i) % canvas.width);
    }
  }
  std::vector<std::uint8_t> counted(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const bool zero = rules.border == Border::zero;
    counted[i] = zero || (counts[i] > 0 && 2 * std::size_t(counts[i]) >= maps.size());
    if (counted[i]) sums[i] /= zero ? float(maps.size()) : float(counts[i]);
  }
  return size_by_rule(sums, counted, canvas, rules.size_rule, rules.size_cut);
}

}  // namespace

float thinned_size(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                   const AggregateRules& rules) {
  if (maps.empty() || grid.count.h < 4 || grid.count.w < 4)
    return std::numeric_limits<float>::quiet_NaN();
  float sum = 0;
  for (const Point phase : {Point{0, 0}, {0, 1}, {1, 0}, {1, 1}})
    sum += size_of_phase(maps, grid, phase, canvas, rules);
  return sum / 4;
}

}  // namespace rfmap
