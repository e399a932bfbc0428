#pragma once

#include <span>
#include <vector>

#include "rfmap/geometry.h"

namespace rfmap::run {

/// Maximum and sum of one channel of the original's map outside any window: for responses over the
/// complete map.
class MapRest {
 public:
  MapRest(std::span<const float> map, Size size);
  float max() const { return whole_max_; }
  /// Maximum over the cells outside a window that lies inside the map; -inf if there are none.
  float max_outside(const Rect& window) const;
  /// Sum over the window's cells, in double.
  double sum_inside(const Rect& window) const;

 private:
  std::size_t at(int y, int x) const { return std::size_t(y) * (size_.w + 1) + x; }
  Size size_;
  float whole_max_;
  std::vector<float> above_, below_;  ///< [h + 1]: maximum of rows before y, from y on
  std::vector<float> left_, right_;   ///< [h][w + 1]: maximum of a row's cells before x, from x on
  std::vector<double> sums_;          ///< [h + 1][w + 1] summed-area table
};

}  // namespace rfmap::run
