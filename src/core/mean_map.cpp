#include "core/mean_map.h"

#include <cstddef>
#include <utility>

#include "core/nan.h"

namespace rfmap {

template <class Number>
MapSum<Number>::MapSum(const Canvas& canvas)
    : sums_(std::size_t(canvas.height) * canvas.width), count_(sums_.size()) {}

template <class Number>
void MapSum<Number>::add(const Recentred& map) {
  ++images_;
  std::size_t i = 0;
  for (const char row : map.rows)
    for (const char column : map.columns) {
      sums_[i] += map.values[i];
      count_[i++] += row && column;
    }
}

template <class Number>
MeanMap MapSum<Number>::mean(Border border) const {
  MeanMap mean{std::vector<float>(sums_.size(), kNan), count_};
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const Number over = border == Border::zero ? Number(images_) : Number(count_[i]);
    if (over > 0) mean.values[i] = float(sums_[i] / over);
  }
  return mean;
}

template class MapSum<float>;
template class MapSum<double>;

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

}  // namespace rfmap
