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

/// A sample as [outer, count, inner], normalised over `count`.
struct Lines {
  std::size_t outer, count, inner;
};

Lines lines_of(const Softmax& op, const Shape& shape) {
  const std::size_t c = shape.c, h = shape.h, w = shape.w;
  if (op.all) return {1, c * h * w, 1};
  if (op.axis == 0) return {1, c, h * w};
  if (op.axis == 1) return {c, h, w};
  return {c * h, w, 1};
}

}  // namespace

// Not oneDNN's: its AVX version (2.6.3) is off by half a percent, and this is never the slow step.
int softmax(Builder& builder, const Softmax& op, const Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(builder.desc(in));
  Lines lines = lines_of(op, job.out);
  lines.outer *= job.batch;
  builder.loop({in, out}, [lines, from = builder.memory(in), to = builder.memory(out)](Run&) {
    const std::int64_t count = std::int64_t(lines.outer * lines.inner);
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count; ++i) {
      const std::size_t outer = i / lines.inner, inner = i % lines.inner;
      const std::size_t first = outer * lines.count * lines.inner + inner;
      softmax_line(floats(from) + first, floats(to) + first, lines.count, lines.inner);
    }
  });
  return out;
}

}  // namespace rfmap::cpu
