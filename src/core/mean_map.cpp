#include "core/mean_map.h"

#include <utility>

#include "core/nan.h"

namespace rfmap::core {

MeanMap mean_map(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                 const AggregateRules& rules) {
  MapSum<double> sum(canvas);
  for (const ChangeMap& map : maps) sum.add(recentre(map, grid, canvas, rules));
  return sum.mean(rules.border);
}

std::vector<std::uint8_t> counted_pixels(std::span<const std::uint16_t> count, std::size_t images,
                                         Border border) {
  std::vector<std::uint8_t> counted;
  counted.reserve(count.size());
  for (const std::size_t n : count)
    counted.push_back(images > 0 && (border == Border::zero || 2 * n >= images));
  return counted;
}

std::vector<float> only_counted(MeanMap mean, std::size_t images, Border border) {
  const std::vector<std::uint8_t> counted = counted_pixels(mean.count, images, border);
  for (std::size_t i = 0; i < counted.size(); ++i)
    if (!counted[i]) mean.values[i] = kNan;
  return std::move(mean.values);
}

}  // namespace rfmap::core
