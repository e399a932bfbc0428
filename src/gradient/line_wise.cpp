#include <cmath>

#include "gradient/operations.h"
#include "onednn/lines.h"

// Softmax and normalisations.
namespace rfmap::gradient {
namespace {

using onednn::Lines;
using onednn::NormalisedLine;

/// The derivative of a normalisation's divisor by the value that became y, but for constant
/// factors.
double divisor_slope(Normalisation::Kind kind, double y) {
  if (kind != Normalisation::Kind::l1) return y;
  return y > 0 ? 1 : y < 0 ? -1 : 0;
}

/// dx = factor (g - mean of g (if the mean is subtracted) - slope of the divisor * sum of g y).
void send_normalised_back(const Lines& lines, const Normalisation& op, const NormalisedLine& line,
                          const float* y, const float* gradient, float* to) {
  using Kind = Normalisation::Kind;
  const double count = double(lines.count());
  double mean = 0, along = 0;
  onednn::each_value(lines, [&](std::size_t k) {
    mean += gradient[k] / count;
    along += double(gradient[k]) * y[k];
  });
  if (op.kind != Kind::standard && op.kind != Kind::centre) mean = 0;
  if (op.kind == Kind::standard || op.kind == Kind::rms) along /= count;
  onednn::each_value(lines, [&](std::size_t k) {
    const double bent = line.pull * divisor_slope(op.kind, y[k]) * along;
    to[k] = float(line.factor * (gradient[k] - mean - bent));
  });
}

/// dx = y (g - sum of g y); of the logarithm: g - exp(y) * sum of g.
void send_softmax_back(const Lines& lines, Softmax::Kind kind, const float* y,
                       const float* gradient, float* to) {
  const bool is_log = kind == Softmax::Kind::logarithm;
  double sum = 0;
  onednn::each_value(lines,
                     [&](std::size_t k) { sum += double(gradient[k]) * (is_log ? 1 : y[k]); });
  onednn::each_value(lines, [&](std::size_t k) {
    to[k] = is_log ? float(gradient[k] - std::exp(double(y[k])) * sum)
                   : y[k] * float(gradient[k] - sum);
  });
}

/// Fills the node's value line by line: work(in, out, line's number).
template <class Work>
Kernels forward_lines(Tape& tape, int node, const Lines& lines, Work work) {
  const std::size_t volume = tape.at(node).shape.volume();
  return forward_plain(tape, node, [lines, work, volume](const float* x, float* y) {
    onednn::each_line(lines, volume,
                      [&](std::size_t i, std::size_t line) { work(x + i, y + i, line); });
  });
}

/// Propagates the gradient back line by line: work(value, gradient, to, line's number).
template <class Work>
Kernels backward_lines(Tape& tape, int node, const Lines& lines, Work work) {
  const Slot& slot = tape.at(node);
  const auto all = [lines, work, &slot](const float* gradient, float* to) {
    onednn::each_line(lines, slot.shape.volume(), [&](std::size_t i, std::size_t line) {
      work(floats(slot.value) + i, gradient + i, to + i, line);
    });
  };
  return backward_in(tape, node, plain(slot.shape), plain(slot.shape), {}, all);
}

}  // namespace

Kernels forward(Tape& tape, const Softmax& op, int node) {
  const Lines lines = onednn::lines_over(op.axes, tape.at(node).shape);
  return forward_lines(tape, node, lines,
                       [lines, kind = op.kind](const float* x, float* y, std::size_t) {
                         onednn::softmax_line(lines, kind, x, y);
                       });
}

Kernels backward(Tape& tape, const Softmax& op, int node) {
  const Lines lines = onednn::lines_over(op.axes, tape.at(node).shape);
  return backward_lines(
      tape, node, lines,
      [lines, kind = op.kind](const float* y, const float* gradient, float* to, std::size_t) {
        send_softmax_back(lines, kind, y, gradient, to);
      });
}

/// The slot keeps the factor and the pull of each line.
Kernels forward(Tape& tape, const Normalisation& op, int node) {
  Slot& slot = tape.at(node);
  const Lines lines = onednn::lines_over(op.axes, slot.shape);
  slot.factor.assign(2 * (slot.shape.volume() / lines.count()), 0);
  return forward_lines(tape, node, lines,
                       [lines, op, &slot](const float* x, float* y, std::size_t line) {
                         const auto [factor, pull] = onednn::normalise_line(lines, op, x, y);
                         slot.factor[2 * line] = factor;
                         slot.factor[2 * line + 1] = pull;
                       });
}

Kernels backward(Tape& tape, const Normalisation& op, int node) {
  const Slot& slot = tape.at(node);
  const Lines lines = onednn::lines_over(op.axes, slot.shape);
  return backward_lines(
      tape, node, lines,
      [lines, op, &slot](const float* y, const float* gradient, float* to, std::size_t line) {
        const NormalisedLine kept{slot.factor[2 * line], slot.factor[2 * line + 1]};
        send_normalised_back(lines, op, kept, y, gradient, to);
      });
}

}  // namespace rfmap::gradient
