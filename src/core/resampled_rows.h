#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "rfmap/graph.h"

namespace rfmap::core {

/// Calls visit(position of the input, weight) for each tap of position `u`.
template <class Visit>
void each_tap_of(const AxisTaps& taps, int u, const Visit& visit) {
  if (!taps.index) return visit(u, 1.f);
  const std::size_t first = std::size_t(u) * std::size_t(taps.width);
  const int* index = taps.index->data() + first;
  const float* weight = taps.weight->data() + first;
  for (int k = 0; k < taps.width; ++k)
    if (index[k] >= 0) visit(index[k], weight[k]);
}

/// A Resample of one plane, row by row: the CPU engine and the gradient share it. (The reference
/// engine has its own.)
class ResampledRows {
 public:
  /// From maps of `from` to rows of `width`; `op` must outlive this.
  ResampledRows(const Resample& op, const Shape& from, int width)
      : op_(op), width_(width), row_(static_cast<std::size_t>(from.w)) {}

  /// Row `y` of the result for the plane `in`.
  void fill(const float* in, int y, float* out) {
    std::fill(row_.begin(), row_.end(), 0.f);
    each_tap_of(op_.y, y, [&](int at, float weight) {
      const float* source = in + std::size_t(at) * row_.size();
      for (std::size_t x = 0; x < row_.size(); ++x) row_[x] += weight * source[x];
    });
    for (int x = 0; x < width_; ++x) {
      float sum = 0;
      each_tap_of(op_.x, x, [&](int at, float weight) { sum += weight * row_[std::size_t(at)]; });
      out[x] = sum;
    }
  }

  /// The transpose: adds what row `y` of the result, `out`, sends back to the plane `in`.
  void send_back(const float* out, int y, float* in) {
    std::fill(row_.begin(), row_.end(), 0.f);
    for (int x = 0; x < width_; ++x)
      each_tap_of(op_.x, x,
                  [&](int at, float weight) { row_[std::size_t(at)] += weight * out[x]; });
    each_tap_of(op_.y, y, [&](int at, float weight) {
      float* target = in + std::size_t(at) * row_.size();
      for (std::size_t x = 0; x < row_.size(); ++x) target[x] += weight * row_[x];
    });
  }

 private:
  const Resample& op_;
  int width_;
  std::vector<float> row_;  ///< between rows and columns: of the input's width
};

}  // namespace rfmap::core
