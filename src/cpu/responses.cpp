#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/operations.h"
#include "onednn/layout.h"
#include "plan/calls.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// One cell, or the maximum or sum over some; NaN where a value of them is not finite.
float respond(Response kind, const float* data, const Layout& at, const Rect& cells,
              const PointRead& read) {
  if (kind == Response::location)
    return data[at.at(read.sample, read.channel, read.position.y, read.position.x)];
  float best = -std::numeric_limits<float>::infinity(), spoiled = 0;
  double sum = 0;
  for (int y = cells.y0; y < cells.y1; ++y)
    for (int x = cells.x0; x < cells.x1; ++x) {
      const float value = data[at.at(read.sample, read.channel, y, x)];
      spoiled += value * 0;  // NaN once a value is not finite
      best = std::max(best, value);
      sum += value;
    }
  return kind == Response::max ? best + spoiled : float(sum);
}

void check_finite(const std::vector<float>& responses, const std::string& layer) {
  for (float response : responses)
    if (!std::isfinite(response)) throw_not_finite(layer);
}

}  // namespace

void read_responses(Builder& builder, const ReadResponse& read, int buffer, const Value& value) {
  buffer = readable(builder, buffer);
  const Layout at = *layout_of(builder.desc(buffer));
  builder.loop({buffer}, [=, from = builder.memory(buffer)](Run& run) {
    const std::span<const Read> reads = run.call.reads[read.table];
    std::vector<float>& responses = run.reply.responses[read.table];
    const int count = int(reads.size());
    const Rect map{0, 0, value.shape.h, value.shape.w};
#pragma omp parallel for schedule(static)
    for (int i = 0; i < value.batch * count; ++i) {
      const Read& r = reads[i % count];
      responses[i] = respond(read.kind, floats(from), at, map, {i / count, r.channel, r.position});
    }
    check_finite(responses, value.layer);
  });
}

void read_points(Builder& builder, const ReadPoints& read, int buffer, const Value& value) {
  buffer = readable(builder, buffer);
  const Layout at = *layout_of(builder.desc(buffer));
  builder.loop({buffer}, [=, from = builder.memory(buffer)](Run& run) {
    const std::span<const PointRead> points = run.call.points[read.table];
    std::vector<float>& responses = run.reply.responses[read.table];
    for (std::size_t i = 0; i < points.size(); ++i) {
      const bool one = read.kind == Response::location;
      const Rect live = one ? Rect{} : run.call.live_cells(value.window, points[i].sample);
      responses[i] = respond(read.kind, floats(from), at, live, points[i]);
    }
    check_finite(responses, value.layer);
  });
}

void read_map(Builder& builder, const ReadMap& read, int buffer) {
  const int plain = builder.plain(buffer);
  builder.loop({plain}, [read, from = builder.memory(plain)](Run& run) {
    std::vector<float>& map = run.reply.maps[read.table];
    std::copy(floats(from), floats(from) + map.size(), map.begin());
  });
}

}  // namespace rfmap::cpu
