#include <algorithm>
#include <cmath>

#include "reference/operations.h"

namespace rfmap::reference {
namespace {

/// Softmax of `count` values with stride `stride`.
void softmax_line(const float* in, float* out, std::size_t count, std::size_t stride) {
  float largest = in[0];
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, in[i * stride]);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::exp(double(in[i * stride]) - largest);
  for (std::size_t i = 0; i < count; ++i)
    out[i * stride] = float(std::exp(double(in[i * stride]) - largest) / sum);
}

}  // namespace

template <>
Map run(const Lrn& op, const Maps& inputs, const Shape&) {
  const Map& in = *inputs.front();
  Map out = make_map(in.shape);
  const int before = (op.size - 1) / 2;
  for (int c = 0; c < in.shape.c; ++c) {
    const int first = std::max(0, c - before);
    const int end = std::min(in.shape.c, c - before + op.size);
    for (int y = 0; y < in.shape.h; ++y) {
      for (int x = 0; x < in.shape.w; ++x) {
        double squares = 0;
        for (int i = first; i < end; ++i) squares += double(in.at(i, y, x)) * in.at(i, y, x);
        const double base = double(op.k) + double(op.alpha) / op.size * squares;
        out.at(c, y, x) = float(in.at(c, y, x) / std::pow(base, double(op.beta)));
      }
    }
  }
  return out;
}

template <>
Map run(const LayerNorm& op, const Maps& inputs, const Shape&) {
  const Map& in = *inputs.front();
  Map out = make_map(in.shape);
  const std::size_t sizes[] = {std::size_t(in.shape.c), std::size_t(in.shape.h),
                               std::size_t(in.shape.w)};
  const std::size_t strides[] = {in.shape.area(), std::size_t(in.shape.w), 1};
  const std::size_t count = sizes[op.axis], stride = strides[op.axis];
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    if (i / stride % count != 0) continue;  // not the first value of a line
    double mean = 0, variance = 0;
    for (std::size_t k = 0; k < count; ++k) mean += in.values[i + k * stride] / double(count);
    for (std::size_t k = 0; k < count; ++k)
      variance += std::pow(in.values[i + k * stride] - mean, 2) / double(count);
    for (std::size_t k = 0; k < count; ++k)
      out.values[i + k * stride] =
          float((in.values[i + k * stride] - mean) / std::sqrt(variance + op.epsilon));
  }
  return out;
}

template <>
Map run(const Softmax& op, const Maps& inputs, const Shape&) {
  const Map& in = *inputs.front();
  Map out = make_map(in.shape);
  const std::size_t sizes[] = {std::size_t(in.shape.c), std::size_t(in.shape.h),
                               std::size_t(in.shape.w)};
  const std::size_t strides[] = {in.shape.area(), std::size_t(in.shape.w), 1};
  const std::size_t count = op.all ? in.shape.volume() : sizes[op.axis];
  const std::size_t stride = op.all ? 1 : strides[op.axis];
  for (std::size_t i = 0; i < in.values.size(); ++i)
    if (i / stride % count == 0)  // the first value of a line
      softmax_line(in.values.data() + i, out.values.data() + i, count, stride);
  return out;
}

}  // namespace rfmap::reference
