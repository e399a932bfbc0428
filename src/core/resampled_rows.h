#pragma once

#include <algorithm>
#include <cstddef>

#include "rfmap/graph.h"

/// Rows of a Resample's planes: the CPU engine and the gradient share them. (The reference engine
/// has its own.)
namespace rfmap {

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

/// Row `y` of a plane `in` of `from` cells, resampled, to `out`, of `width` cells. `row` has room
/// for a row of the input.
inline void resample_row(const Resample& op, const float* in, Size from, int y, float* row,
                         float* out, int width) {
  std::fill_n(row, from.w, 0.f);
  each_tap_of(op.y, y, [&](int at, float weight) {
    const float* source = in + std::size_t(at) * std::size_t(from.w);
    for (int x = 0; x < from.w; ++x) row[x] += weight * source[x];
  });
  for (int x = 0; x < width; ++x) {
    float sum = 0;
    each_tap_of(op.x, x, [&](int at, float weight) { sum += weight * row[at]; });
    out[x] = sum;
  }
}

/// The transpose: adds what row `y` of the output, `out`, sends back to the plane `in`.
inline void send_row_back(const Resample& op, const float* out, int width, int y, float* row,
                          float* in, Size from) {
  std::fill_n(row, from.w, 0.f);
  for (int x = 0; x < width; ++x)
    each_tap_of(op.x, x, [&](int at, float weight) { row[at] += weight * out[x]; });
  each_tap_of(op.y, y, [&](int at, float weight) {
    float* target = in + std::size_t(at) * std::size_t(from.w);
    for (int x = 0; x < from.w; ++x) target[x] += weight * row[x];
  });
}

}  // namespace rfmap
