#include <algorithm>
#include <cmath>
#include <utility>

#include "gradient/operations.h"
#include "onednn/lines.h"

namespace rfmap::gradient {
namespace {

using onednn::neighbours;

/// One row of all channels, plain order: y = x f with f = base^-beta; `factor` stores f, then f /
/// base.
void normalise_row(const Lrn& op, const Shape& shape, const float* x, float* y, float* factor) {
  const std::size_t area = shape.area(), volume = shape.volume();
  for (int c = 0; c < shape.c; ++c) {
    const auto [first, end] = neighbours(op, c, shape.c);
    for (int i = 0; i < shape.w; ++i) {
      float squares = 0;
      for (int k = first; k < end; ++k) squares += x[k * area + i] * x[k * area + i];
      const float base = op.k + op.alpha / float(op.size) * squares;
      const std::size_t at = c * area + i;
      factor[at] = std::pow(base, -op.beta);
      factor[volume + at] = factor[at] / base;
      y[at] = x[at] * factor[at];
    }
  }
}

/// Inputs of a row of LRN's gradient; `factor` as written by normalise_row.
struct LrnRow {
  const float *x, *gradient, *factor;
};

/// dx_j = g_j f_j - 2 alpha beta / size x_j sum of g_i x_i f_i / base_i over the i whose sums
/// include j.
void send_row_back(const Lrn& op, const Shape& shape, const LrnRow& row, float* to) {
  const std::size_t area = shape.area(), volume = shape.volume();
  const float slope = 2 * op.alpha * op.beta / float(op.size);
  for (int c = 0; c < shape.c; ++c)
    for (int i = 0; i < shape.w; ++i)
      to[c * area + i] = row.gradient[c * area + i] * row.factor[c * area + i];
  for (int c = 0; c < shape.c; ++c) {
    const auto [first, end] = neighbours(op, c, shape.c);
    for (int i = 0; i < shape.w; ++i) {
      const std::size_t at = c * area + i;
      const float shared = slope * row.gradient[at] * row.x[at] * row.factor[volume + at];
      for (int k = first; k < end; ++k) to[k * area + i] -= row.x[k * area + i] * shared;
    }
  }
}

}  // namespace

Kernels forward(Tape& tape, const Lrn& op, int node) {
  Slot& slot = tape.at(node);
  slot.factor.assign(2 * slot.shape.volume(), 0);
  return forward_plain(tape, node, [op, &slot](const float* x, float* y) {
#pragma omp parallel for schedule(static)
    for (int row = 0; row < slot.shape.h; ++row) {
      const std::size_t at = std::size_t(row) * slot.shape.w;
      normalise_row(op, slot.shape, x + at, y + at, slot.factor.data() + at);
    }
  });
}

Kernels backward(Tape& tape, const Lrn& op, int node) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const Desc desc = plain(slot.shape);
  // Refreshed by every backward pass: the forward pass has its own copy.
  const dnnl::memory x = tape.convert(tape.input(node, 0).value, desc, kernels);
  const auto work = [op, x, &slot](const float* gradient, float* to) {
#pragma omp parallel for schedule(static)
    for (int row = 0; row < slot.shape.h; ++row) {
      const std::size_t at = std::size_t(row) * slot.shape.w;
      const LrnRow parts{floats(x) + at, gradient + at, slot.factor.data() + at};
      send_row_back(op, slot.shape, parts, to + at);
    }
  };
  return backward_in(tape, node, desc, desc, std::move(kernels), work);
}

}  // namespace rfmap::gradient
