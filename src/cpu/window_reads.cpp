#include <algorithm>
#include <cmath>
#include <limits>

#include "core/pool_window.h"
#include "cpu/windows.h"
#include "onednn/layout.h"
#include "plan/calls.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// Maximum or sum over the live cells.
float read_window(Response kind, const float* data, const Layout& at, const Rect& live,
                  const PointRead& read) {
  float best = -std::numeric_limits<float>::infinity(), spoiled = 0;
  double sum = 0;
  for (int y = live.y0; y < live.y1; ++y)
    for (int x = live.x0; x < live.x1; ++x) {
      const float value = data[at.at(read.sample, read.channel, y, x)];
      spoiled += value * 0;  // NaN once a value is not finite
      best = std::max(best, value);
      sum += value;
    }
  return kind == Response::max ? best + spoiled : float(sum);
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

}  // namespace

void read_points(Builder& builder, const ReadPoints& read, int buffer, const Value& value) {
  if (!layout_of(builder.desc(buffer))) buffer = builder.plain(buffer);
  const Layout at = *layout_of(builder.desc(buffer));
  builder.loop({buffer}, [=, from = builder.memory(buffer)](Run& run) {
    const std::span<const PointRead> points = run.call.points[read.table];
    std::vector<float>& responses = run.reply.responses[read.table];
    for (std::size_t i = 0; i < points.size(); ++i) {
      const PointRead& p = points[i];
      responses[i] = read.kind == Response::location
                         ? floats(from)[at.at(p.sample, p.channel, p.position.y, p.position.x)]
                         : read_window(read.kind, floats(from), at,
                                       live_cells(run.call, value.window, p.sample), p);
    }
    for (float response : responses)
      if (!std::isfinite(response)) throw_not_finite(value.layer);
  });
}

int window_average(Builder& builder, const WindowAverage& op, int input, const Shape& in,
                   const Value& out) {
  input = channels_last(builder, input);
  const int output = builder.add(channels_last_desc(out.batch, out.shape));
  builder.loop({input, output}, [=, from = builder.memory(input),
                                 to = builder.memory(output)](Run& run) {
    const Size stride = op.pool.stride;
#pragma omp parallel for schedule(static)
    for (int n = 0; n < out.batch; ++n) {
      const Rect live = live_cells(run.call, op.window, n);
      const Point first = run.call.windows[op.window][n];
      const float* sample = floats(from) + n * in.volume();
      float* result = floats(to) + n * out.shape.volume();
      for (int y = live.y0; y < live.y1; ++y)
        for (int x = live.x0; x < live.x1; ++x)
          average_cell(op, in, sample + (std::size_t(y) * stride.h * in.w + x * stride.w) * in.c,
                       average_divisor(op.pool, op.pool.count_include_pad, op.map,
                                       {first.y + y, first.x + x}),
                       result + (std::size_t(y) * out.shape.w + x) * in.c);
    }
  });
  return output;
}

}  // namespace rfmap::cpu
