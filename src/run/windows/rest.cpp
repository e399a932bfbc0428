#include "run/windows/rest.h"

#include <algorithm>
#include <limits>

namespace rfmap::run {
namespace {
constexpr float kLowest = -std::numeric_limits<float>::infinity();
}

MapRest::MapRest(std::span<const float> map, Size size)
    : size_(size),
      above_(size.h + 1, kLowest),
      below_(size.h + 1, kLowest),
      left_(std::size_t(size.h) * (size.w + 1), kLowest),
      right_(left_.size(), kLowest),
      sums_(std::size_t(size.h + 1) * (size.w + 1)) {
  for (int y = 0; y < size.h; ++y) {
    const auto row = map.subspan(std::size_t(y) * size.w, size.w);
    double sum = 0;
    for (int x = 0; x < size.w; ++x) {
      left_[at(y, x + 1)] = std::max(left_[at(y, x)], row[x]);
      sum += row[x];
      sums_[at(y + 1, x + 1)] = sums_[at(y, x + 1)] + sum;
    }
    for (int x = size.w - 1; x >= 0; --x) right_[at(y, x)] = std::max(right_[at(y, x + 1)], row[x]);
    above_[y + 1] = std::max(above_[y], left_[at(y, size.w)]);
  }
  for (int y = size.h - 1; y >= 0; --y) below_[y] = std::max(below_[y + 1], right_[at(y, 0)]);
  whole_max_ = below_[0];
}

float MapRest::max_outside(const Rect& window) const {
  float best = std::max(above_[window.y0], below_[window.y1]);
  for (int y = window.y0; y < window.y1; ++y)
    best = std::max({best, left_[at(y, window.x0)], right_[at(y, window.x1)]});
  return best;
}

double MapRest::sum_inside(const Rect& w) const {
  return sums_[at(w.y1, w.x1)] - sums_[at(w.y0, w.x1)] - sums_[at(w.y1, w.x0)] +
         sums_[at(w.y0, w.x0)];
}

}  // namespace rfmap::run
