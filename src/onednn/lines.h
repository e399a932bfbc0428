#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "rfmap/graph.h"

/// Operations on all values along some axes together, line by line. Softmax is not oneDNN's: its
/// AVX version (2.6.3) is off by half a percent, and these are never the slow step.
namespace rfmap::onednn {

/// Values of a map in plain order that belong together: `rows` times `columns`, so far apart. Line
/// i of a batch begins at i / between * span + i % between * step.
struct Lines {
  std::size_t rows = 1, row_stride = 0;
  std::size_t columns = 1, column_stride = 1;
  std::size_t between = 1, span = 1, step = 1;

  std::size_t count() const { return rows * columns; }
  std::size_t begin(std::size_t line) const {
    return line / between * span + line % between * step;
  }
};

/// Lines along `axes`, in the order of a map whose extent along these axes is 1.
Lines lines_over(const AxisSet& axes, const Shape& shape);

/// Calls `visit` with the place of each value of a line, from its first one.
template <class Visit>
void each_value(const Lines& lines, const Visit& visit) {
  for (std::size_t row = 0; row < lines.rows; ++row)
    for (std::size_t column = 0; column < lines.columns; ++column)
      visit(row * lines.row_stride + column * lines.column_stride);
}

/// Calls `work` with the place of each line's first value, of `volume` values, and with the line's
/// number; lines in parallel.
template <class Work>
void each_line(const Lines& lines, std::size_t volume, const Work& work) {
  const std::int64_t count = std::int64_t(volume / lines.count());
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i) work(lines.begin(std::size_t(i)), std::size_t(i));
}

float reduce_line(const Lines& lines, Reduce::Kind kind, const float* in);
void softmax_line(const Lines& lines, Softmax::Kind kind, const float* in, float* out);

/// What the gradient of a line y = (x - mean) * factor of n values needs: the derivative of the
/// divisor by x_j is pull * y_j / n (standard, rms), pull * y_j (l2), or pull * sign(y_j) (l1).
struct NormalisedLine {
  float factor = 1, pull = 0;
};
NormalisedLine normalise_line(const Lines& lines, const Normalisation& op, const float* in,
                              float* out);

/// Channels first..end-1 in the sum of channel c of a cross-channel normalisation.
struct Neighbours {
  int first, end;
};
inline Neighbours neighbours(const Lrn& op, int c, int channels) {
  const int first = c - (op.size - 1) / 2;
  return {std::max(0, first), std::min(channels, first + op.size)};
}

}  // namespace rfmap::onednn
