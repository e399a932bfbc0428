#include <algorithm>
#include <cstring>

#include "cpu/operations.h"
#include "onednn/layout.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// A tensor and where its values lie.
struct Tensor {
  float* data = nullptr;
  Layout layout;
};

/// Cells to copy: from `from` of one map to `to` of another, the same number of rows and columns.
struct Move {
  Point from, to;
  Size size;
  int from_channel = 0, to_channel = 0, channels = 0;
};

/// Channels next to one another in both: rows, or at least cells, can be copied as they are.
bool channels_last(const Layout& a, const Layout& b) {
  return a.block == 1 && b.block == 1 && a.stride[1] == 1 && b.stride[1] == 1;
}

void copy_cells(const Tensor& from, int sample, const Tensor& to, int n, const Move& move) {
  if (move.size.h <= 0 || move.size.w <= 0) return;
  const auto source = [&](int c, int y, int x) {
    return from.data +
           from.layout.at(sample, move.from_channel + c, move.from.y + y, move.from.x + x);
  };
  const auto target = [&](int c, int y, int x) {
    return to.data + to.layout.at(n, move.to_channel + c, move.to.y + y, move.to.x + x);
  };
  const std::size_t channels = std::size_t(move.channels), bytes = channels * sizeof(float);
  const bool last = channels_last(from.layout, to.layout);
  const bool rows = last && from.layout.stride[3] == channels && to.layout.stride[3] == channels;
  for (int y = 0; y < move.size.h; ++y) {
    if (rows) {
      std::memcpy(target(0, y, 0), source(0, y, 0), move.size.w * bytes);
    } else if (last) {
      for (int x = 0; x < move.size.w; ++x) std::memcpy(target(0, y, x), source(0, y, x), bytes);
    } else {
      for (int x = 0; x < move.size.w; ++x)
        for (int c = 0; c < move.channels; ++c) *target(c, y, x) = *source(c, y, x);
    }
  }
}

/// The part of a source rectangle that falls into `needed`, both in cells of the map; the source
/// begins at `source_origin`, the target's slot at `origin`.
Move overlap(const Rect& source, Point source_origin, Point origin, const Rect& needed) {
  const Rect both = intersect(source, needed);
  Move move;
  move.from = {both.y0 - source_origin.y, both.x0 - source_origin.x};
  move.to = {both.y0 - origin.y, both.x0 - origin.x};
  move.size = {both.y1 - both.y0, both.x1 - both.x0};
  return move;
}

/// Cells first..end-1 of row y of slot n, channels last.
struct RowCells {
  int n = 0, y = 0, first = 0, end = 0;
};
void fill_row(const Tensor& to, const RowCells& row, int channels, float value) {
  if (row.first < row.end)
    std::fill_n(to.data + to.layout.at(row.n, 0, row.y, row.first),
                std::size_t(row.end - row.first) * channels, value);
}

/// Everything that does not change from call to call.
struct CropPlan {
  CropWindow op;
  Shape maps, out;  ///< shapes of one sample
  int batch = 0;
};

Point origin_of(const CropPlan& plan, const Call& call, int n) {
  const Point window = call.windows[plan.op.window][n];
  return {window.y * plan.op.stride.h - plan.op.pad.y, window.x * plan.op.stride.w - plan.op.pad.x};
}

/// Cells of the map (and beyond it) that sample n's live cells read.
Rect needed_cells(const CropPlan& plan, const Call& call, int n) {
  const Rect live = call.live[plan.op.window][n];
  if (live.empty()) return {};
  const Size &stride = plan.op.stride, &reach = plan.op.reach;
  return {live.y0 * stride.h - plan.op.pad.y, live.x0 * stride.w - plan.op.pad.x,
          (live.y1 - 1) * stride.h - plan.op.pad.y + reach.h,
          (live.x1 - 1) * stride.w - plan.op.pad.x + reach.w};
}

void fill_border(const CropPlan& plan, int n, Point origin, const Rect& needed, const Tensor& to) {
  const Shape& map = plan.maps;
  const int first = needed.x0 - origin.x, end = needed.x1 - origin.x;
  const int inside_from = std::clamp(-origin.x, first, end);
  const int inside_to = std::clamp(map.w - origin.x, inside_from, end);
  for (int y = needed.y0; y < needed.y1; ++y) {
    const bool outside = y < 0 || y >= map.h;
    const int row = y - origin.y;
    fill_row(to, {n, row, first, outside ? end : inside_from}, plan.out.c, plan.op.border);
    if (!outside) fill_row(to, {n, row, inside_to, end}, plan.out.c, plan.op.border);
  }
}

void copy_original(const CropPlan& plan, const Call& call, int n, const Tensor& maps,
                   const Tensor& to) {
  const Point origin = origin_of(plan, call, n);
  const Rect needed = needed_cells(plan, call, n);
  fill_border(plan, n, origin, needed, to);
  Move move = overlap({0, 0, plan.maps.h, plan.maps.w}, {}, origin, needed);
  move.from_channel = plan.op.selected ? call.channels[n] : plan.op.first_channel;
  move.channels = plan.out.c;
  copy_cells(maps, call.occluders[n].image, to, n, move);
}

/// What has been computed of the window below goes over the original's.
void paste_window(const CropPlan& plan, const Call& call, int n, const Tensor& paste,
                  const Tensor& to) {
  const int sample = plan.op.parents ? call.parents[n] : n;
  const Point at = call.windows[plan.op.paste_window][sample];
  Move move = overlap(call.live[plan.op.paste_window][sample], at, origin_of(plan, call, n),
                      needed_cells(plan, call, n));
  move.from_channel = plan.op.paste_channel;
  move.channels = plan.out.c;
  copy_cells(paste, sample, to, n, move);
}

void paste_patch(const CropPlan& plan, const Run& run, int n, const Tensor& to) {
  const Occluder& occluder = run.call.occluders[n];
  if (occluder.patch < 0) return;
  const Size size = run.patch_size;
  const std::size_t volume = std::size_t(plan.maps.c) * size.h * size.w;
  Tensor patch;
  patch.data = const_cast<float*>(run.patches.data()) + occluder.patch * volume;
  patch.layout.stride = {volume, std::size_t(size.h) * size.w, std::size_t(size.w), 1};
  const Point at = occluder.origin;
  const Rect box =
      intersect({0, 0, plan.maps.h, plan.maps.w}, {at.y, at.x, at.y + size.h, at.x + size.w});
  Move move = overlap(box, at, origin_of(plan, run.call, n), needed_cells(plan, run.call, n));
  move.from_channel = plan.op.first_channel;
  move.channels = plan.out.c;
  copy_cells(patch, 0, to, n, move);
}

}  // namespace

int readable(Builder& builder, int buffer) {
  return layout_of(builder.desc(buffer)) ? buffer : builder.plain(buffer);
}

Shape shape_of(const Builder& builder, int buffer) {
  const Dims dims = dims_of(builder.desc(buffer));
  return {int(dims[1]), int(dims[2]), int(dims[3])};
}

int crop(Builder& builder, const CropWindow& op, int maps, int paste, const Value& out) {
  maps = readable(builder, maps);
  if (paste >= 0) paste = readable(builder, paste);
  const int output = builder.add(channels_last_desc(out.batch, out.shape));
  const CropPlan plan{op, shape_of(builder, maps), out.shape, out.batch};
  std::vector<int> touched{maps, output};
  if (paste >= 0) touched.push_back(paste);
  const dnnl::memory from = builder.memory(maps), to = builder.memory(output),
                     over = builder.memory(paste >= 0 ? paste : maps);
  const Layout from_layout = *layout_of(builder.desc(maps)),
               to_layout = *layout_of(builder.desc(output)),
               over_layout = *layout_of(builder.desc(paste >= 0 ? paste : maps));
  builder.loop(touched, [=](Run& run) {
    const Tensor source{floats(from), from_layout}, target{floats(to), to_layout},
        changed{floats(over), over_layout};
#pragma omp parallel for schedule(static)
    for (int n = 0; n < plan.batch; ++n) {
      if (run.call.live[plan.op.window][n].empty()) continue;
      copy_original(plan, run.call, n, source, target);
      if (plan.op.paste_window >= 0) paste_window(plan, run.call, n, changed, target);
      if (plan.op.occluder) paste_patch(plan, run, n, target);
    }
  });
  return output;
}

}  // namespace rfmap::cpu
