#include "rfmap/occlusion.h"

#include <algorithm>
#include <string>

#include "rfmap/error.h"

#include "core/philox.h"

namespace rfmap {

using namespace core;

namespace {

std::string text(Size s) { return std::to_string(s.h) + "x" + std::to_string(s.w); }

/// First origin and number of positions along one axis.
struct AxisGrid {
  int first = 0, count = 0;
};

AxisGrid axis_grid(int input, int occluder, int stride, Overhang overhang) {
  if (overhang == Overhang::no) return {0, (input - occluder) / stride + 1};
  const int before = (occluder - 1) / stride, after = (input - 1) / stride;
  return {-before * stride, before + after + 1};
}

/// Grid rows (or columns) first..end-1 whose occluder touches pixels lo..hi-1.
struct Range {
  int first = 0, end = 0;
};

int ceil_div(int a, int b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

Range touching_range(const AxisGrid& axis, int occluder, int stride, int lo, int hi) {
  // lo - occluder < first + i * stride < hi
  const int first = ceil_div(lo - occluder + 1 - axis.first, stride);
  const int end = ceil_div(hi - axis.first, stride);
  return {std::max(first, 0), std::min(end, axis.count)};
}

}  // namespace

Grid make_grid(Size input, Size occluder, Size stride, Overhang overhang) {
  if (occluder.h < 1 || occluder.w < 1)
    throw ConfigError("--occluder " + text(occluder) + ": its sides must be at least 1 pixel.");
  if (stride.h < 1 || stride.w < 1)
    throw ConfigError("--stride " + text(stride) + ": steps must be at least 1 pixel.");
  if (occluder.h > input.h || occluder.w > input.w)
    throw ConfigError("--occluder " + text(occluder) + " is larger than the network's input of " +
                      text(input) + "; a smaller occluder is needed.");
  const AxisGrid y = axis_grid(input.h, occluder.h, stride.h, overhang);
  const AxisGrid x = axis_grid(input.w, occluder.w, stride.w, overhang);
  return {occluder, stride, input, {y.first, x.first}, {y.count, x.count}};
}

std::string doubt_of(const Grid& grid) {
  const std::string names = "--occluder " + text(grid.occluder) + " --stride " + text(grid.stride);
  if (grid.positions() == 1)
    return names + ": the occluder has a single position in the input of " + text(grid.input) +
           ", so no field can be measured; a smaller stride or occluder, or --overhang, gives more";
  const bool gap_y = grid.count.h > 1 && grid.stride.h > grid.occluder.h;
  const bool gap_x = grid.count.w > 1 && grid.stride.w > grid.occluder.w;
  if (!gap_y && !gap_x) return "";
  return names + ": pixels between the occluders are never covered; a stride of at most the " +
         "occluder's side leaves no gaps";
}

std::vector<int> touching(const Grid& grid, std::span<const Rect> boxes) {
  std::vector<char> touched(grid.positions(), 0);
  for (const Rect& box : boxes) {
    if (box.empty()) continue;
    const Range rows = touching_range({grid.first.y, grid.count.h}, grid.occluder.h, grid.stride.h,
                                      box.y0, box.y1);
    const Range columns = touching_range({grid.first.x, grid.count.w}, grid.occluder.w,
                                         grid.stride.w, box.x0, box.x1);
    for (int row = rows.first; row < rows.end; ++row)
      for (int column = columns.first; column < columns.end; ++column)
        touched[row * grid.count.w + column] = 1;
  }
  std::vector<int> indices;
  for (int i = 0; i < grid.positions(); ++i)
    if (touched[i]) indices.push_back(i);
  return indices;
}

std::vector<std::uint8_t> noise_patch(std::uint64_t seed, int grid_index, int channels, Size size) {
  std::vector<std::uint8_t> patch;
  patch.reserve(std::size_t(channels) * size.h * size.w);
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < size.h; ++y)
      for (int x = 0; x < size.w; ++x) {
        const auto words = philox_block(
            {std::uint32_t(grid_index), std::uint32_t(c), std::uint32_t(y), std::uint32_t(x)},
            {std::uint32_t(seed), std::uint32_t(seed >> 32)});
        patch.push_back(std::uint8_t(words[0] >> 24));
      }
  return patch;
}

}  // namespace rfmap
