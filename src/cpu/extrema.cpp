#include <algorithm>
#include <cmath>
#include <memory>

#include "cpu/operations.h"
#include "onednn/layout.h"
#include "plan/calls.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

constexpr int kLanes = 16;  ///< largest channel block

/// Running extrema of the channels of one block, position by position in row-major order.
struct Lanes {
  float best[kLanes];
  float spoiled[kLanes];  ///< NaN once a value is not finite
  int position[kLanes];
  int ties[kLanes];  ///< positions that attain the best so far
};

/// `sign` -1 looks for the minimum. Strict comparison keeps the first of equal values.
Lanes scan_block(const float* block, const Layout& at, const Shape& shape, int lanes, float sign) {
  Lanes run{};
  for (int l = 0; l < lanes; ++l) run.best[l] = sign * block[l];
  int position = 0;
  for (int y = 0; y < shape.h; ++y) {
    for (int x = 0; x < shape.w; ++x, ++position) {
      const float* values = block + y * at.stride[2] + x * at.stride[3];
      for (int l = 0; l < lanes; ++l) {
        const float value = sign * values[l];
        run.spoiled[l] += value * 0;
        run.position[l] = value > run.best[l] ? position : run.position[l];
        run.ties[l] = value > run.best[l] ? 1 : run.ties[l] + (value == run.best[l] ? 1 : 0);
        run.best[l] = value > run.best[l] ? value : run.best[l];
      }
    }
  }
  return run;
}

Extremum extremum_of(const Lanes& lanes, const float* block, const Layout& at, const Shape& shape,
                     int lane, float sign) {
  const int first = lanes.position[lane];
  Extremum e{sign * lanes.best[lane] + lanes.spoiled[lane], {first / shape.w, first % shape.w}, {}};
  e.ties = no_ties(e.position);
  e.ties.count = lanes.ties[lane];
  if (e.ties.count == 1 || !(e.value < 0 || e.value > 0)) return e;
  const auto cell = [&](int y, int x) { return block[lane + y * at.stride[2] + x * at.stride[3]]; };
  e.ties = find_ties(cell, {shape.h, shape.w}, e.value);
  return e;
}

/// A unit of the table: which lane of a block it is.
struct Unit {
  int index, lane;
};

/// Units by channel block, so that each block's memory is walked once.
struct BlockUnits {
  int channel;  ///< first of the block
  std::vector<Unit> units;
};

std::vector<BlockUnits> by_block(const std::vector<int>& channels, int block) {
  std::vector<BlockUnits> blocks;
  for (int i = 0; i < int(channels.size()); ++i) {
    const int first = channels[i] / block * block;
    auto it = std::find_if(blocks.begin(), blocks.end(),
                           [&](const BlockUnits& b) { return b.channel == first; });
    if (it == blocks.end()) it = blocks.insert(it, BlockUnits{first, {}});
    it->units.push_back({i, channels[i] - first});
  }
  return blocks;
}

}  // namespace

void read_extrema(Builder& builder, const ReadExtrema& read, int buffer, const Value& value) {
  const auto found = layout_of(builder.desc(buffer));
  if (!found || found->block > kLanes) buffer = builder.plain(buffer);
  const Layout at = *layout_of(builder.desc(buffer));
  const std::vector<BlockUnits> blocks = by_block(read.channels, int(at.block));
  const int units = int(read.channels.size());
  builder.loop({buffer}, [=, table = read.table, sign = read.minimum ? -1.f : 1.f,
                          from = builder.memory(buffer)](Run& run) {
    std::vector<Extremum>& extrema = run.reply.extrema[table];
    const int count = int(blocks.size());
#pragma omp parallel for schedule(static)
    for (int i = 0; i < value.batch * count; ++i) {
      const BlockUnits& b = blocks[i % count];
      const float* data = floats(from) + at.at(i / count, b.channel, 0, 0);
      const Lanes lanes = scan_block(data, at, value.shape, int(at.block), sign);
      for (const Unit& unit : b.units)
        extrema[std::size_t(i / count) * units + unit.index] =
            extremum_of(lanes, data, at, value.shape, unit.lane, sign);
    }
    for (const Extremum& extremum : extrema)
      if (!std::isfinite(extremum.value)) throw_not_finite(value.layer);
  });
}

}  // namespace rfmap::cpu
