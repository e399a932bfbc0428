#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/layout.h"
#include "cpu/windows.h"
#include "plan/calls.h"
#include "plan/window_average.h"

namespace rfmap::cpu {
namespace {

float read_window(Response kind, const float* data, const Layout& at, const Shape& shape,
                  const PointRead& read) {
  if (kind == Response::location)
    return data[at.at(read.sample, read.channel, read.position.y, read.position.x)];
  float best = -std::numeric_limits<float>::infinity(), spoiled = 0;
  double sum = 0;
  for (int y = 0; y < shape.h; ++y)
    for (int x = 0; x < shape.w; ++x) {
      const float value = data[at.at(read.sample, read.channel, y, x)];
      spoiled += value * 0;  // NaN once a value is not finite
      best = std::max(best, value);
      sum += value;
    }
  return kind == Response::max ? best + spoiled : float(sum);
}

}  // namespace

void read_points(Builder& builder, const ReadPoints& read, int buffer, const Value& value) {
  if (!layout_of(builder.desc(buffer))) buffer = builder.plain(buffer);
  const Layout at = *layout_of(builder.desc(buffer));
  builder.loop({buffer}, [=, from = builder.memory(buffer)](Run& run) {
    const std::span<const PointRead> points = run.call.points[read.table];
    std::vector<float>& responses = run.reply.responses[read.table];
    for (std::size_t i = 0; i < points.size(); ++i)
      responses[i] = read_window(read.kind, floats(from), at, value.shape, points[i]);
    for (float response : responses)
      if (!std::isfinite(response)) throw_not_finite(value.layer);
  });
}

int window_average(Builder& builder, const WindowAverage& op, int input, const Shape& in,
                   const Value& out) {
  if (!layout_of(builder.desc(input))) input = builder.plain(input);
  const Layout from_layout = *layout_of(builder.desc(input));
  const Dims dims{out.batch, out.shape.c, out.shape.h, out.shape.w};
  const Tag tag = from_layout.block == 8    ? Tag::nChw8c
                  : from_layout.block == 16 ? Tag::nChw16c
                                            : Tag::nchw;
  const int output = builder.add(describe(dims, tag));
  const Layout to_layout = *layout_of(builder.desc(output));
  const int block = int(from_layout.block), blocks = (in.c + block - 1) / block;
  builder.loop({input, output}, [=, from = builder.memory(input),
                                 to = builder.memory(output)](Run& run) {
    const Pool& pool = op.pool;
#pragma omp parallel for schedule(static)
    for (int n = 0; n < out.batch; ++n)
      for (int b = 0; b < blocks; ++b)
        for (int y = 0; y < out.shape.h; ++y)
          for (int x = 0; x < out.shape.w; ++x) {
            const Point first = run.call.windows[op.window][n];
            const float divisor = average_divisor(pool, op.map, {first.y + y, first.x + x});
            for (int lane = 0; lane < block; ++lane) {
              const int c = b * block + lane;
              float sum = 0;
              for (int ky = 0; ky < pool.kernel.h; ++ky)
                for (int kx = 0; kx < pool.kernel.w; ++kx)
                  sum += floats(from)[from_layout.at(n, c, y * pool.stride.h + ky * pool.dilation.h,
                                                     x * pool.stride.w + kx * pool.dilation.w)];
              floats(to)[to_layout.at(n, c, y, x)] = sum / divisor;
            }
          }
  });
  return output;
}

}  // namespace rfmap::cpu
