#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/nan.h"
#include "core/recentre.h"

namespace rfmap::core {

struct MeanMap {
  std::vector<float> values;         ///< [height, width]; NaN where there is nothing to average
  std::vector<std::uint16_t> count;  ///< [height, width] images that reach the pixel
};

/// Sums of recentred maps, added in the order of the images. `Number`: float or double.
template <class Number>
class MapSum {
 public:
  explicit MapSum(const Canvas& canvas)
      : sums_(std::size_t(canvas.height) * canvas.width), count_(sums_.size()) {}
  void add(const Recentred& map) {
    ++images_;
    const std::size_t width = map.columns.size();
    const float* values = map.values.data();
    Number* sums = sums_.data();
    std::uint16_t* count = count_.data();
    for (std::size_t row = 0; row < map.rows.size(); ++row) {
      if (map.rows[row]) {
        for (std::size_t x = 0; x < width; ++x) sums[x] += values[x];
        for (std::size_t x = 0; x < width; ++x) count[x] += std::uint8_t(map.columns[x]);
      }
      values += width, sums += width, count += width;
    }
  }
  /// Over the images that reach each pixel (Border::ignore) or over all of them (zero).
  MeanMap mean(Border border) const {
    MeanMap mean{std::vector<float>(sums_.size(), kNan), count_};
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const Number over = border == Border::zero ? Number(images_) : Number(count_[i]);
      if (over > 0) mean.values[i] = float(sums_[i] / over);
    }
    return mean;
  }

 private:
  std::vector<Number> sums_;
  std::vector<std::uint16_t> count_;
  int images_ = 0;
};

/// Recentres the maps one by one and averages them.
MeanMap mean_map(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                 const AggregateRules& rules);

/// The pixels that count for a mean's peak and sizes, 1 or 0: those that at least half of the
/// images reach; with Border::zero all. None without images.
std::vector<std::uint8_t> counted_pixels(std::span<const std::uint16_t> count, std::size_t images,
                                         Border border);

/// The mean with NaN where a pixel does not count.
std::vector<float> only_counted(MeanMap mean, std::size_t images, Border border);

}  // namespace rfmap::core
