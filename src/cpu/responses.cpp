#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/operations.h"
#include "onednn/layout.h"
#include "plan/calls.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// NaN where any value of the map is not finite.
float max_of(const float* data, const Layout& at, const Shape& shape, int n, int c) {
  float best = -std::numeric_limits<float>::infinity(), spoiled = 0;
  for (int y = 0; y < shape.h; ++y) {
    for (int x = 0; x < shape.w; ++x) {
      const float value = data[at.at(n, c, y, x)];
      spoiled += value * 0;  // NaN once a value is not finite
      best = std::max(best, value);
    }
  }
  return best + spoiled;
}

float sum_of(const float* data, const Layout& at, const Shape& shape, int n, int c) {
  double sum = 0;
  for (int y = 0; y < shape.h; ++y)
    for (int x = 0; x < shape.w; ++x) sum += data[at.at(n, c, y, x)];
  return float(sum);
}

float respond(Response kind, const float* data, const Layout& at, const Shape& shape, int n,
              const Read& read) {
  switch (kind) {
    case Response::location:
      return data[at.at(n, read.channel, read.position.y, read.position.x)];
    case Response::max:
      return max_of(data, at, shape, n, read.channel);
    case Response::sum:
      return sum_of(data, at, shape, n, read.channel);
  }
  return 0;
}

}  // namespace

void read_responses(Builder& builder, const ReadResponse& read, int buffer, const Value& value) {
  if (!layout_of(builder.desc(buffer))) buffer = builder.plain(buffer);
  const Layout at = *layout_of(builder.desc(buffer));
  builder.loop({buffer}, [=, from = builder.memory(buffer)](Run& run) {
    const std::span<const Read> reads = run.call.reads[read.table];
    std::vector<float>& responses = run.reply.responses[read.table];
    const int count = int(reads.size());
#pragma omp parallel for schedule(static)
    for (int i = 0; i < value.batch * count; ++i)
      responses[i] = respond(read.kind, floats(from), at, value.shape, i / count, reads[i % count]);
    for (float response : responses)
      if (!std::isfinite(response)) throw_not_finite(value.layer);
  });
}

void read_map(Builder& builder, const ReadMap& read, int buffer, const Value& value) {
  static_cast<void>(value);
  const int plain = builder.plain(buffer);
  builder.loop({plain}, [read, from = builder.memory(plain)](Run& run) {
    std::vector<float>& map = run.reply.maps[read.table];
    std::copy(floats(from), floats(from) + map.size(), map.begin());
  });
}

}  // namespace rfmap::cpu
