#include <cmath>
#include <cstring>
#include <limits>

#include "core/clones.h"
#include "cpu/windows.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// Calls make(sample, y, x) for every live cell.
template <class Make>
void for_live_cells(const Call& call, int window, int batch, const Make& make) {
#pragma omp parallel for schedule(static)
  for (int n = 0; n < batch; ++n) {
    const Rect live = live_cells(call, window, n);
    for (int y = live.y0; y < live.y1; ++y)
      for (int x = live.x0; x < live.x1; ++x) make(n, y, x);
  }
}

std::size_t place(const Shape& shape, int n, int y, int x) {
  return n * shape.volume() + (std::size_t(y) * shape.w + x) * shape.c;
}

RFMAP_CLONES void raise(float* to, const float* from, int count) {
  for (int c = 0; c < count; ++c) to[c] = to[c] < from[c] || from[c] != from[c] ? from[c] : to[c];
}

RFMAP_CLONES void sum_squares(const float* in, float* squares, float* sums, int channels,
                              int size) {
  const int before = (size - 1) / 2;  // squares has `size` zeros on both sides
  for (int c = 0; c < channels; ++c) squares[size + c] = in[c] * in[c];
  for (int c = 0; c < channels; ++c) sums[c] = 0;
  for (int i = 0; i < size; ++i)
    for (int c = 0; c < channels; ++c) sums[c] += squares[size + c - before + i];
}

/// x / (k + scale * sum)^beta; for beta 0.75, the usual value, a product of roots.
RFMAP_CLONES void divide(const float* in, const float* sums, float* out, int channels, float k,
                         float scale) {
  for (int c = 0; c < channels; ++c) {
    const float root = std::sqrt(k + scale * sums[c]);
    out[c] = in[c] / (root * std::sqrt(root));
  }
}

void normalise_cell(const Lrn& op, const float* in, float* out, int channels) {
  static thread_local std::vector<float> squares, sums;
  squares.assign(std::size_t(channels) + 2 * op.size, 0);
  sums.resize(std::size_t(channels));
  sum_squares(in, squares.data(), sums.data(), channels, op.size);
  const float scale = op.alpha / float(op.size);
  if (op.beta == 0.75f) return divide(in, sums.data(), out, channels, op.k, scale);
  for (int c = 0; c < channels; ++c) out[c] = in[c] * std::pow(op.k + scale * sums[c], -op.beta);
}

}  // namespace

int channels_last(Builder& builder, int buffer) {
  return builder.convert(buffer, describe(dims_of(builder.desc(buffer)), Tag::nhwc));
}

Desc channels_last_desc(int batch, const Shape& shape) {
  return describe({batch, shape.c, shape.h, shape.w}, Tag::nhwc);
}

int max_pool_live(Builder& builder, const Pool& op, const Job& job) {
  const int source = channels_last(builder, job.inputs.front());
  const int output = builder.add(channels_last_desc(job.batch, job.out));
  builder.loop({source, output},
               [op, in = job.shapes.front(), out = job.out, window = job.window, batch = job.batch,
                from = builder.memory(source), to = builder.memory(output)](Run& run) {
                 for_live_cells(run.call, window, batch, [&](int n, int y, int x) {
                   float* best = floats(to) + place(out, n, y, x);
                   std::fill_n(best, out.c, -std::numeric_limits<float>::infinity());
                   for (int ky = 0; ky < op.kernel.h; ++ky)
                     for (int kx = 0; kx < op.kernel.w; ++kx)
                       raise(best,
                             floats(from) + place(in, n, y * op.stride.h + ky * op.dilation.h,
                                                  x * op.stride.w + kx * op.dilation.w),
                             out.c);
                 });
               });
  return output;
}

int normalise_live(Builder& builder, const Lrn& op, const Job& job) {
  const int source = channels_last(builder, job.inputs.front());
  const int output = builder.add(channels_last_desc(job.batch, job.out));
  builder.loop({source, output},
               [op, shape = job.out, window = job.window, batch = job.batch,
                from = builder.memory(source), to = builder.memory(output)](Run& run) {
                 for_live_cells(run.call, window, batch, [&](int n, int y, int x) {
                   const std::size_t at = place(shape, n, y, x);
                   normalise_cell(op, floats(from) + at, floats(to) + at, shape.c);
                 });
               });
  return output;
}

std::optional<int> compute_live(Builder& builder, const Operation& op, Job& job) {
  if (const auto* conv = std::get_if<Conv>(&op)) return convolve_live(builder, *conv, job);
  const auto* pool = std::get_if<Pool>(&op);
  if (pool && pool->kind == Pool::Kind::max) return max_pool_live(builder, *pool, job);
  if (const auto* lrn = std::get_if<Lrn>(&op)) return normalise_live(builder, *lrn, job);
  return std::nullopt;
}

}  // namespace rfmap::cpu
