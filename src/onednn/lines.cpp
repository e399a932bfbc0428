#include "onednn/lines.h"

#include <algorithm>
#include <cmath>

namespace rfmap::onednn {
namespace {

Lines lines_along(int axis, const Shape& shape) {
  const std::size_t c = shape.c, h = shape.h, w = shape.w;
  if (axis == 0) return {c, h * w};
  if (axis == 1) return {h, w};
  return {w, 1};
}

}  // namespace

Lines lines_of(const Softmax& op, const Shape& shape) {
  return op.all ? Lines{shape.volume(), 1} : lines_along(op.axis, shape);
}

Lines lines_of(const LayerNorm& op, const Shape& shape) { return lines_along(op.axis, shape); }

void softmax_line(const Lines& lines, const float* in, float* out) {
  const auto [count, stride] = lines;
  float largest = in[0];
  for (std::size_t i = 1; i < count; ++i) largest = std::max(largest, in[i * stride]);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out[i * stride] = std::exp(in[i * stride] - largest);
    sum += out[i * stride];
  }
  for (std::size_t i = 0; i < count; ++i) out[i * stride] = float(out[i * stride] / sum);
}

float normalise_line(const Lines& lines, float epsilon, const float* in, float* out) {
  const auto [count, stride] = lines;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < count; ++i) sum += in[i * stride];
  const double mean = sum / double(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double off = in[i * stride] - mean;
    squares += off * off;
  }
  const double factor = 1 / std::sqrt(squares / double(count) + epsilon);
  for (std::size_t i = 0; i < count; ++i) out[i * stride] = float((in[i * stride] - mean) * factor);
  return float(factor);
}

}  // namespace rfmap::onednn
