#include <algorithm>
#include <cmath>
#include <utility>

#include "gradient/operations.h"
#include "onednn/lines.h"

namespace rfmap::gradient {
namespace {

using onednn::Lines;
using onednn::lines_of;
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

/// dx = f (g - mean of g - y mean of g y).
void send_normalised_back(const Lines& lines, float factor, const float* y, const float* gradient,
                          float* to) {
  double mean = 0, along = 0;
  for (std::size_t i = 0; i < lines.count; ++i) {
    const double g = gradient[i * lines.stride];
    mean += g / double(lines.count);
    along += g * y[i * lines.stride] / double(lines.count);
  }
  for (std::size_t i = 0; i < lines.count; ++i)
    to[i * lines.stride] =
        float(factor * (gradient[i * lines.stride] - mean - y[i * lines.stride] * along));
}

/// dx = y (g - sum of g y).
void send_line_back(const Lines& lines, const float* y, const float* gradient, float* to) {
  double sum = 0;
  for (std::size_t i = 0; i < lines.count; ++i)
    sum += double(gradient[i * lines.stride]) * y[i * lines.stride];
  for (std::size_t i = 0; i < lines.count; ++i)
    to[i * lines.stride] = y[i * lines.stride] * float(gradient[i * lines.stride] - sum);
}

/// Fills the node's value line by line: work(in, out, index of the line's first value).
template <class Work>
Kernels forward_lines(Tape& tape, int node, const Lines& lines, Work work) {
  const std::size_t volume = tape.at(node).shape.volume();
  return forward_plain(tape, node, [lines, work, volume](const float* x, float* y) {
    onednn::each_line(lines, volume, [&](std::size_t i) { work(x + i, y + i, i); });
  });
}

/// Propagates the gradient back line by line: work(value, gradient, to, index of the first value).
template <class Work>
Kernels backward_lines(Tape& tape, int node, const Lines& lines, Work work) {
  const Slot& slot = tape.at(node);
  const auto all = [lines, work, &slot](const float* gradient, float* to) {
    onednn::each_line(lines, slot.shape.volume(), [&](std::size_t i) {
      work(floats(slot.value) + i, gradient + i, to + i, i);
    });
  };
  return backward_in(tape, node, plain(slot.shape), plain(slot.shape), {}, all);
}

}  // namespace

template <>
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

template <>
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

template <>
Kernels forward(Tape& tape, const Softmax& op, int node) {
  const Lines lines = lines_of(op, tape.at(node).shape);
  return forward_lines(tape, node, lines, [lines](const float* x, float* y, std::size_t) {
    onednn::softmax_line(lines, x, y);
  });
}

template <>
Kernels backward(Tape& tape, const Softmax& op, int node) {
  const Lines lines = lines_of(op, tape.at(node).shape);
  return backward_lines(tape, node, lines,
                        [lines](const float* y, const float* gradient, float* to, std::size_t) {
                          send_line_back(lines, y, gradient, to);
                        });
}

template <>
Kernels forward(Tape& tape, const LayerNorm& op, int node) {
  Slot& slot = tape.at(node);
  const Lines lines = lines_of(op, slot.shape);
  slot.factor.assign(slot.shape.volume(), 0);
  return forward_lines(tape, node, lines,
                       [lines, e = op.epsilon, &slot](const float* x, float* y, std::size_t i) {
                         slot.factor[i] = onednn::normalise_line(lines, e, x, y);
                       });
}

template <>
Kernels backward(Tape& tape, const LayerNorm& op, int node) {
  const Slot& slot = tape.at(node);
  const Lines lines = lines_of(op, slot.shape);
  return backward_lines(
      tape, node, lines,
      [lines, &slot](const float* y, const float* gradient, float* to, std::size_t i) {
        send_normalised_back(lines, slot.factor[i], y, gradient, to);
      });
}

}  // namespace rfmap::gradient
