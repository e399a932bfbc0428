#include <algorithm>
#include <cmath>

#include "gradient/operations.h"
#include "onednn/lines.h"

namespace rfmap::gradient {
namespace {

using onednn::Lines;
using onednn::lines_of;

/// Channels first..end-1 that count for channel c.
struct Neighbours {
  int first, end;
};

Neighbours neighbours(const Lrn& op, int c, int channels) {
  const int first = c - (op.size - 1) / 2;
  return {std::max(0, first), std::min(channels, first + op.size)};
}

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
  Kernels kernels;
  Slot& slot = tape.at(node);
  slot.value = tape.make(plain(slot.shape));
  const dnnl::memory x = tape.convert(tape.input(node, 0).value, plain(slot.shape), kernels);
  kernels.push_back([lines, work, x, &slot] {
    onednn::each_line(lines, slot.shape.volume(),
                      [&](std::size_t i) { work(floats(x) + i, floats(slot.value) + i, i); });
  });
  return kernels;
}

/// Propagates the gradient back line by line: work(value, gradient, to, index of the first value).
template <class Work>
Kernels backward_lines(Tape& tape, int node, const Lines& lines, Work work) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const dnnl::memory gradient = tape.convert(slot.gradient, plain(slot.shape), kernels);
  const Sink sink = tape.sink(slot.inputs[0], plain(slot.shape));
  kernels.push_back([lines, work, gradient, to = sink.memory, &slot] {
    onednn::each_line(lines, slot.shape.volume(), [&](std::size_t i) {
      work(floats(slot.value) + i, floats(gradient) + i, floats(to) + i, i);
    });
  });
  kernels.push_back(sink.done);
  return kernels;
}

}  // namespace

Kernels forward(Tape& tape, const Lrn& op, int node) {
  Kernels kernels;
  Slot& slot = tape.at(node);
  const Shape shape = slot.shape;
  slot.value = tape.make(plain(shape));
  slot.factor.assign(2 * shape.volume(), 0);
  const dnnl::memory x = tape.convert(tape.input(node, 0).value, plain(shape), kernels);
  kernels.push_back([op, shape, x, &slot] {
#pragma omp parallel for schedule(static)
    for (int row = 0; row < shape.h; ++row) {
      const std::size_t at = std::size_t(row) * shape.w;
      normalise_row(op, shape, floats(x) + at, floats(slot.value) + at, slot.factor.data() + at);
    }
  });
  return kernels;
}

Kernels backward(Tape& tape, const Lrn& op, int node) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const Shape shape = slot.shape;
  // Refreshed by every backward pass: the forward pass has its own copy.
  const dnnl::memory x = tape.convert(tape.input(node, 0).value, plain(shape), kernels);
  const dnnl::memory gradient = tape.convert(slot.gradient, plain(shape), kernels);
  const Sink sink = tape.sink(slot.inputs[0], plain(shape));
  kernels.push_back([op, shape, x, gradient, to = sink.memory, &slot] {
#pragma omp parallel for schedule(static)
    for (int row = 0; row < shape.h; ++row) {
      const std::size_t at = std::size_t(row) * shape.w;
      const LrnRow parts{floats(x) + at, floats(gradient) + at, slot.factor.data() + at};
      send_row_back(op, shape, parts, floats(to) + at);
    }
  });
  kernels.push_back(sink.done);
  return kernels;
}

Kernels forward(Tape& tape, const Softmax& op, int node) {
  const Lines lines = lines_of(op, tape.at(node).shape);
  return forward_lines(tape, node, lines, [lines](const float* x, float* y, std::size_t) {
    onednn::softmax_line(lines, x, y);
  });
}

Kernels backward(Tape& tape, const Softmax& op, int node) {
  const Lines lines = lines_of(op, tape.at(node).shape);
  return backward_lines(tape, node, lines,
                        [lines](const float* y, const float* gradient, float* to, std::size_t) {
                          send_line_back(lines, y, gradient, to);
                        });
}

Kernels forward(Tape& tape, const LayerNorm& op, int node) {
  Slot& slot = tape.at(node);
  const Lines lines = lines_of(op, slot.shape);
  slot.factor.assign(slot.shape.volume(), 0);
  return forward_lines(tape, node, lines,
                       [lines, e = op.epsilon, &slot](const float* x, float* y, std::size_t i) {
                         slot.factor[i] = onednn::normalise_line(lines, e, x, y);
                       });
}

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
