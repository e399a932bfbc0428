#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "rfmap/graph.h"

/// Softmax and normalisations, line by line. Not oneDNN's: the AVX version of its softmax
/// (2.6.3) is off by half a percent, and these are never the slow step.
namespace rfmap::onednn {

/// Lines of `count` values that lie `stride` apart, in plain order.
struct Lines {
  std::size_t count, stride;
};

Lines lines_of(const Softmax& op, const Shape& shape);
Lines lines_of(const LayerNorm& op, const Shape& shape);

/// Calls `work` with the place of each line's first value, of `volume` values; lines in parallel.
template <class Work>
void each_line(const Lines& lines, std::size_t volume, const Work& work) {
  const std::int64_t count = std::int64_t(volume / lines.count);
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i)
    work(i / lines.stride * lines.count * lines.stride + i % lines.stride);
}

void softmax_line(const Lines& lines, const float* in, float* out);
/// Each value less the line's mean, over its standard deviation; returns 1 / that.
float normalise_line(const Lines& lines, float epsilon, const float* in, float* out);

/// Channels first..end-1 in the sum of channel c of a cross-channel normalisation.
struct Neighbours {
  int first, end;
};
inline Neighbours neighbours(const Lrn& op, int c, int channels) {
  const int first = c - (op.size - 1) / 2;
  return {std::max(0, first), std::min(channels, first + op.size)};
}

}  // namespace rfmap::onednn
