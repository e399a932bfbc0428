#include <algorithm>
#include <cmath>

#include "cpu/operations.h"

namespace rfmap::cpu {
namespace {

/// Softmax of `count` values that lie `stride` apart.
void softmax_line(const float* in, float* out, std::size_t count, std::size_t stride) {
  float largest = in[0];
  for (std::size_t i = 1; i < count; ++i) largest = std::max(largest, in[i * stride]);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out[i * stride] = std::exp(in[i * stride] - largest);
    sum += out[i * stride];
  }
  for (std::size_t i = 0; i < count; ++i) out[i * stride] = float(out[i * stride] / sum);
}

/// A value less the line's mean, over its standard deviation.
void normalise_line(const float* in, float* out, std::size_t count, std::size_t stride,
                    float epsilon) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < count; ++i) sum += in[i * stride];
  const double mean = sum / double(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double off = in[i * stride] - mean;
    squares += off * off;
  }
  const double factor = 1 / std::sqrt(squares / double(count) + epsilon);
  for (std::size_t i = 0; i < count; ++i) out[i * stride] = float((in[i * stride] - mean) * factor);
}

/// A sample as [outer, count, inner], in lines of `count`.
struct Lines {
  std::size_t outer, count, inner;
};

Lines lines_along(int axis, const Shape& shape) {
  const std::size_t c = shape.c, h = shape.h, w = shape.w;
  if (axis == 0) return {1, c, h * w};
  if (axis == 1) return {c, h, w};
  return {c * h, w, 1};
}

/// `work` (in, out, count, stride) on every line of every sample.
template <class Work>
int each_line(Builder& builder, Lines lines, const Job& job, Work work) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(builder.desc(in));
  lines.outer *= job.batch;
  builder.loop({in, out}, [lines, work, from = builder.memory(in), to = builder.memory(out)](Run&) {
    const std::int64_t count = std::int64_t(lines.outer * lines.inner);
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count; ++i) {
      const std::size_t outer = i / lines.inner, inner = i % lines.inner;
      const std::size_t first = outer * lines.count * lines.inner + inner;
      work(floats(from) + first, floats(to) + first, lines.count, lines.inner);
    }
  });
  return out;
}

}  // namespace

// Not oneDNN's: its AVX version (2.6.3) is off by half a percent, and this is never the slow step.
int softmax(Builder& builder, const Softmax& op, const Job& job) {
  const Lines whole{1, job.out.volume(), 1};
  return each_line(builder, op.all ? whole : lines_along(op.axis, job.out), job, softmax_line);
}

int normalise(Builder& builder, const LayerNorm& op, const Job& job) {
  return each_line(builder, lines_along(op.axis, job.out), job,
                   [e = op.epsilon](const float* in, float* out, std::size_t n,
                                    std::size_t stride) { normalise_line(in, out, n, stride, e); });
}

}  // namespace rfmap::cpu
