#include <algorithm>
#include <cmath>
#include <limits>

#include "core/clones.h"
#include "core/pool_window.h"
#include "cpu/operations.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

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

void average_cell(const WindowAverage& op, const Shape& in, const float* first, int divisor,
                  float* out) {
  const Pool& pool = op.pool;
  std::fill_n(out, in.c, 0.f);
  for (int ky = 0; ky < pool.kernel.h; ++ky)
    for (int kx = 0; kx < pool.kernel.w; ++kx) {
      const float* from =
          first + (std::size_t(ky) * pool.dilation.h * in.w + kx * pool.dilation.w) * in.c;
      for (int c = 0; c < in.c; ++c) out[c] += from[c];
    }
  for (int c = 0; c < in.c; ++c) out[c] /= float(divisor);
}

int max_pool_live(Builder& builder, const Pool& op, const Job& job) {
  const LiveCells cells{job.shapes.front(), job.out, job.batch, job.window, op.stride};
  return make_live(
      builder, job.inputs.front(), cells, [op, shape = cells.in](const Call&, const LiveCell& at) {
        std::fill_n(at.out, shape.c, -std::numeric_limits<float>::infinity());
        for (int ky = 0; ky < op.kernel.h; ++ky)
          for (int kx = 0; kx < op.kernel.w; ++kx) {
            const std::size_t tap = cell_offset(shape, 0, ky * op.dilation.h, kx * op.dilation.w);
            raise(at.out, at.in + tap, shape.c);
          }
      });
}

int normalise_live(Builder& builder, const Lrn& op, const Job& job) {
  const LiveCells cells{job.out, job.out, job.batch, job.window, {1, 1}};
  return make_live(builder, job.inputs.front(), cells,
                   [op, channels = job.out.c](const Call&, const LiveCell& at) {
                     normalise_cell(op, at.in, at.out, channels);
                   });
}

}  // namespace

int channels_last(Builder& builder, int buffer) {
  return builder.convert(buffer, describe(dims_of(builder.desc(buffer)), Tag::nhwc));
}

Desc channels_last_desc(int batch, const Shape& shape) {
  return describe({batch, shape.c, shape.h, shape.w}, Tag::nhwc);
}

int window_average(Builder& builder, const WindowAverage& op, int input, const Shape& in,
                   const Value& out) {
  const LiveCells cells{in, out.shape, out.batch, op.window, op.pool.stride};
  return make_live(builder, input, cells, [op, in](const Call& call, const LiveCell& at) {
    const Point first = call.windows[op.window][at.sample];
    const int divisor = core::average_divisor(op.pool, core::counted_padding(op.pool), op.map,
                                              {first.y + at.cell.y, first.x + at.cell.x});
    average_cell(op, in, at.in, divisor, at.out);
  });
}

std::optional<int> compute_live(Builder& builder, const Operation& op, Job& job) {
  if (const auto* conv = std::get_if<Conv>(&op)) return convolve_live(builder, *conv, job);
  const auto* pool = std::get_if<Pool>(&op);
  if (pool && pool->kind == Pool::Kind::max) return max_pool_live(builder, *pool, job);
  if (const auto* lrn = std::get_if<Lrn>(&op)) return normalise_live(builder, *lrn, job);
  return std::nullopt;
}

}  // namespace rfmap::cpu
