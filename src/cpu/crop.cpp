#include <algorithm>
#include <cstring>

#include "cpu/layout.h"
#include "cpu/windows.h"

namespace rfmap::cpu {
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

/// Whole blocks of channels lie alike in both: rows can be copied as they are.
bool same_blocks(const Layout& a, const Layout& b, const Move& move) {
  const int block = int(a.block);
  return a.block == b.block && a.stride[3] == a.block && b.stride[3] == b.block &&
         move.from_channel % block == 0 && move.to_channel % block == 0 &&
         move.channels % block == 0;
}

void copy_cells(const Tensor& from, int sample, const Tensor& to, int n, const Move& move) {
  if (move.size.h <= 0 || move.size.w <= 0) return;
  if (same_blocks(from.layout, to.layout, move)) {
    const std::size_t bytes = move.size.w * from.layout.block * sizeof(float);
    for (int c = 0; c < move.channels; c += int(from.layout.block))
      for (int y = 0; y < move.size.h; ++y)
        std::memcpy(
            to.data + to.layout.at(n, move.to_channel + c, move.to.y + y, move.to.x),
            from.data + from.layout.at(sample, move.from_channel + c, move.from.y + y, move.from.x),
            bytes);
    return;
  }
  for (int c = 0; c < move.channels; ++c)
    for (int y = 0; y < move.size.h; ++y)
      for (int x = 0; x < move.size.w; ++x)
        to.data[to.layout.at(n, move.to_channel + c, move.to.y + y, move.to.x + x)] =
            from.data[from.layout.at(sample, move.from_channel + c, move.from.y + y,
                                     move.from.x + x)];
}

/// The part of a source rectangle that falls into a window which begins at `origin`.
Move overlap(const Rect& source, Point source_origin, Point origin, Size size) {
  const Rect both = intersect(source, {origin.y, origin.x, origin.y + size.h, origin.x + size.w});
  Move move;
  move.from = {both.y0 - source_origin.y, both.x0 - source_origin.x};
  move.to = {both.y0 - origin.y, both.x0 - origin.x};
  move.size = {both.y1 - both.y0, both.x1 - both.x0};
  return move;
}

void fill(const Tensor& to, int n, const Shape& shape, float value) {
  const int blocks = int((shape.c + to.layout.block - 1) / to.layout.block);
  for (int b = 0; b < blocks; ++b)
    for (int y = 0; y < shape.h; ++y) {
      float* row = to.data + to.layout.at(n, b * int(to.layout.block), y, 0);
      std::fill(row, row + shape.w * to.layout.block, value);
    }
}

/// Everything that does not change from call to call.
struct CropPlan {
  CropWindow op;
  Shape maps, paste, out;  ///< shapes of one sample
  int batch = 0;
};

Point origin_of(const CropPlan& plan, const Call& call, int n) {
  const Point window = call.windows[plan.op.window][n];
  return {window.y * plan.op.stride.h - plan.op.pad.y, window.x * plan.op.stride.w - plan.op.pad.x};
}

bool inside(const Shape& map, Point origin, const Shape& out) {
  return origin.y >= 0 && origin.x >= 0 && origin.y + out.h <= map.h && origin.x + out.w <= map.w;
}

void copy_original(const CropPlan& plan, const Call& call, int n, const Tensor& maps,
                   const Tensor& to) {
  const Point origin = origin_of(plan, call, n);
  if (!inside(plan.maps, origin, plan.out)) fill(to, n, plan.out, plan.op.border);
  Move move = overlap({0, 0, plan.maps.h, plan.maps.w}, {}, origin, {plan.out.h, plan.out.w});
  move.from_channel = plan.op.selected ? call.channels[n] : plan.op.first_channel;
  move.channels = plan.out.c;
  copy_cells(maps, call.occluders[n].image, to, n, move);
}

/// Changed cells inside the map go over the original's.
void paste_window(const CropPlan& plan, const Call& call, int n, const Tensor& paste,
                  const Tensor& to) {
  const int sample = plan.op.parents ? call.parents[n] : n;
  const Point at = call.windows[plan.op.paste_window][sample];
  Move move = overlap({at.y, at.x, at.y + plan.paste.h, at.x + plan.paste.w}, at,
                      origin_of(plan, call, n), {plan.out.h, plan.out.w});
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
  Move move = overlap(box, at, origin_of(plan, run.call, n), {plan.out.h, plan.out.w});
  move.from_channel = plan.op.first_channel;
  move.channels = plan.out.c;
  copy_cells(patch, 0, to, n, move);
}

/// The maps' layout where the crop's channels are whole blocks of it, else plain.
Desc crop_desc(const Builder& builder, const CropWindow& op, int maps, const Value& out) {
  const std::optional<Layout> layout = layout_of(builder.desc(maps));
  const int block = layout ? int(layout->block) : 1;
  const bool whole = !op.selected && op.first_channel % block == 0 && out.shape.c % block == 0;
  const Dims dims{out.batch, out.shape.c, out.shape.h, out.shape.w};
  if (whole && block == 8) return describe(dims, Tag::nChw8c);
  if (whole && block == 16) return describe(dims, Tag::nChw16c);
  return describe(dims, Tag::nchw);
}

int readable(Builder& builder, int buffer) {
  return layout_of(builder.desc(buffer)) ? buffer : builder.plain(buffer);
}

Shape shape_of(const Builder& builder, int buffer) {
  const Dims dims = dims_of(builder.desc(buffer));
  return {int(dims[1]), int(dims[2]), int(dims[3])};
}

}  // namespace

int crop(Builder& builder, const CropWindow& op, int maps, int paste, const Value& out) {
  maps = readable(builder, maps);
  if (paste >= 0) paste = readable(builder, paste);
  const int output = builder.add(crop_desc(builder, op, maps, out));
  const CropPlan plan{op, shape_of(builder, maps), paste >= 0 ? shape_of(builder, paste) : Shape{},
                      out.shape, out.batch};
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
      copy_original(plan, run.call, n, source, target);
      if (plan.op.paste_window >= 0) paste_window(plan, run.call, n, changed, target);
      if (plan.op.occluder) paste_patch(plan, run, n, target);
    }
  });
  return output;
}

}  // namespace rfmap::cpu
