#include <algorithm>

#include "core/clones.h"
#include "core/resampled_rows.h"
#include "cpu/operations.h"
#include "onednn/layout.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// Cells of a map and where their values lie.
struct MapCells {
  const float* data = nullptr;
  Layout layout;
  int sample = 0, channel = 0;
  Point at;    ///< the map's cell that lies first
  Rect cells;  ///< of the map; the others lie elsewhere

  bool hold(Point p) const {
    return p.y >= cells.y0 && p.y < cells.y1 && p.x >= cells.x0 && p.x < cells.x1;
  }
};

/// A sample's original map and the cells that have changed.
struct ChangedCells {
  MapCells original, changed;
  const MapCells& of(Point p) const { return changed.hold(p) ? changed : original; }
};

/// Everything that does not change from call to call.
struct GatherPlan {
  GatherWindow op;
  Shape maps, out;  ///< shapes of one sample
  dnnl::memory from, over, to;
  Layout from_layout, over_layout;
};

MapCells original_cells(const GatherPlan& plan, const Call& call, int n) {
  const int channel = plan.op.selected ? call.channels[n] : plan.op.first_channel;
  return {floats(plan.from),
          plan.from_layout,
          call.occluders[n].image,
          channel,
          {},
          {0, 0, plan.maps.h, plan.maps.w}};
}

MapCells pasted_cells(const GatherPlan& plan, const Call& call, int n) {
  const int table = plan.op.paste_window, sample = plan.op.parents ? call.parents[n] : n;
  return {floats(plan.over),           plan.over_layout,        sample, plan.op.paste_channel,
          call.windows[table][sample], call.live[table][sample]};
}

MapCells patch_cells(const GatherPlan& plan, const Run& run, int n) {
  const Occluder& occluder = run.call.occluders[n];
  if (occluder.patch < 0) return {};
  const Size size = run.patch_size;
  const Point at = occluder.origin;
  const std::size_t area = std::size_t(size.h) * std::size_t(size.w);
  MapCells cells{run.patches.data() + occluder.patch * plan.maps.c * area};
  cells.layout.stride = {0, area, std::size_t(size.w), 1};
  cells.channel = plan.op.first_channel;
  cells.at = at;
  cells.cells =
      intersect({0, 0, plan.maps.h, plan.maps.w}, {at.y, at.x, at.y + size.h, at.x + size.w});
  return cells;
}

RFMAP_CLONES void add_neighbours(const float* from, float weight, float* out, int channels) {
  for (int c = 0; c < channels; ++c) out[c] += weight * from[c];
}

/// Channels `first`, first + step, ... of a cell.
struct CellChannels {
  int first = 0, step = 1, count = 0;
};

void add_cell(const MapCells& cells, Point p, const CellChannels& channels, float weight,
              float* out) {
  const Layout& layout = cells.layout;
  const int y = p.y - cells.at.y, x = p.x - cells.at.x, first = cells.channel + channels.first;
  if (layout.block == 1 && layout.stride[1] == 1 && channels.step == 1)
    return add_neighbours(cells.data + layout.at(cells.sample, first, y, x), weight, out,
                          channels.count);
  for (int c = 0; c < channels.count; ++c)
    out[c] += weight * cells.data[layout.at(cells.sample, first + c * channels.step, y, x)];
}

void gather_cell(const graph::Gather& op, const ChangedCells& map, Point position, float* out,
                 int channels) {
  const int first = op.first_channel + op.y.channel(position.y) + op.x.channel(position.x);
  std::fill_n(out, channels, 0.f);
  core::each_tap_of(op.y.taps, position.y, [&](int y, float row) {
    core::each_tap_of(op.x.taps, position.x, [&](int x, float column) {
      add_cell(map.of({y, x}), {y, x}, {first, op.channel_step, channels}, row * column, out);
    });
  });
}

void gather_sample(const GatherPlan& plan, const Run& run, int n) {
  const Call& call = run.call;
  const Rect live = call.live[plan.op.window][n];
  const Point at = call.windows[plan.op.window][n];
  ChangedCells map{original_cells(plan, call, n), {}};
  if (plan.op.paste_window >= 0) map.changed = pasted_cells(plan, call, n);
  if (plan.op.occluder) map.changed = patch_cells(plan, run, n);
  for (int y = live.y0; y < live.y1; ++y)
    for (int x = live.x0; x < live.x1; ++x)
      gather_cell(plan.op.gather, map, {y, x},
                  floats(plan.to) + cell_offset(plan.out, n, y - at.y, x - at.x), plan.out.c);
}

}  // namespace

int gather(Builder& builder, const GatherWindow& op, int maps, int paste, const Value& out) {
  maps = readable(builder, maps);
  if (paste >= 0) paste = readable(builder, paste);
  const int over = paste >= 0 ? paste : maps;
  const int output = builder.add(channels_last_desc(out.batch, out.shape));
  const GatherPlan plan{op,
                        shape_of(builder, maps),
                        out.shape,
                        builder.memory(maps),
                        builder.memory(over),
                        builder.memory(output),
                        *layout_of(builder.desc(maps)),
                        *layout_of(builder.desc(over))};
  builder.loop({maps, over, output}, [plan, batch = out.batch](Run& run) {
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; ++n) gather_sample(plan, run, n);
  });
  return output;
}

}  // namespace rfmap::cpu
