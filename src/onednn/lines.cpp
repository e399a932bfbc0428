#include "onednn/lines.h"

#include <cmath>

#include "core/reductions.h"

namespace rfmap::onednn {

using namespace core;

namespace {

/// NormalisedLine::pull of a line whose root (r in rfmap/graph.h) is `root`.
double pull_of(const Normalisation& op, double divisor, double root) {
  if (op.kind == Normalisation::Kind::centre) return 0;
  switch (op.guard) {
    case Normalisation::Guard::inside_root:
      return 1;
    case Normalisation::Guard::added:
      if (op.kind == Normalisation::Kind::l1) return 1;
      return root > 0 ? divisor / root : 0;
    case Normalisation::Guard::at_least:
      return root > op.epsilon ? 1 : 0;
  }
  return 0;
}

}  // namespace

Lines lines_over(const AxisSet& axes, const Shape& shape) {
  const std::size_t extents[] = {std::size_t(shape.c), std::size_t(shape.h), std::size_t(shape.w)};
  if (axes[0] && !axes[1] && axes[2])  // the only axes that are not neighbours
    return {extents[0], shape.area(), extents[2], 1, extents[1], shape.volume(), extents[2]};
  std::size_t count = 1, stride = 1;
  for (int axis : {0, 1, 2})
    if (axes[axis]) count *= extents[axis];
  for (int axis = 2; axis >= 0 && !axes[axis]; --axis) stride *= extents[axis];
  return {1, 0, count, stride, stride, count * stride, 1};
}

float reduce_line(const Lines& lines, Reduce::Kind kind, const float* in) {
  double result = start_of(kind);
  each_value(lines, [&](std::size_t k) { result = joined(kind, result, in[k]); });
  return float(kind == Reduce::Kind::mean ? result / double(lines.count()) : result);
}

void softmax_line(const Lines& lines, Softmax::Kind kind, const float* in, float* out) {
  float largest = in[0];
  each_value(lines, [&](std::size_t k) { largest = std::max(largest, in[k]); });
  double sum = 0;
  each_value(lines, [&](std::size_t k) {
    out[k] = std::exp(in[k] - largest);
    sum += out[k];
  });
  if (kind == Softmax::Kind::probability)
    each_value(lines, [&](std::size_t k) { out[k] = float(out[k] / sum); });
  else
    each_value(lines, [&, log = std::log(sum)](std::size_t k) {
      out[k] = float(double(in[k]) - largest - log);
    });
}

NormalisedLine normalise_line(const Lines& lines, const Normalisation& op, const float* in,
                              float* out) {
  const double count = double(lines.count());
  double mean = 0, sum = 0;
  if (subtracts_mean(op.kind)) {
    each_value(lines, [&](std::size_t k) { mean += in[k]; });
    mean /= count;
  }
  each_value(lines, [&](std::size_t k) { sum += magnitude(op.kind, in[k] - mean); });
  const auto divisor = [&](double epsilon) {
    return divisor_of<double>(op.kind, op.guard, epsilon, sum, count);
  };
  const double factor = 1 / divisor(op.epsilon);
  each_value(lines, [&](std::size_t k) { out[k] = float((in[k] - mean) * factor); });
  return {float(factor), float(pull_of(op, divisor(op.epsilon), divisor(0)))};
}

}  // namespace rfmap::onednn
