#pragma once

#include <algorithm>

#include "rfmap/graph.h"

/// Which cells of a map a pooling window holds: the CPU engine, the kernels and the gradient share
/// it. (The reference engine has its own.)
namespace rfmap::core {

/// Of a window's cells `first`, `first + step`, ... along one axis, those in low..high-1.
RFMAP_HD inline int cells_within(int first, int step, int kernel, int low, int high) {
  int count = 0;
  for (int k = 0; k < kernel; ++k) count += first + k * step >= low && first + k * step < high;
  return count;
}

/// Divisor of output cell `cell` of an average pooling over a map of `map` cells: the window's
/// cells inside the map and the padding that counts, `pad`; at least 1. `Window` has kernel,
/// stride, dilation and pad, as Pool.
template <class Window>
RFMAP_HD int average_divisor(const Window& window, const Margins& pad, Size map, Point cell) {
  const Size &k = window.kernel, &step = window.dilation;
  const int y = cell.y * window.stride.h - window.pad.top;
  const int x = cell.x * window.stride.w - window.pad.left;
  const int cells = cells_within(y, step.h, k.h, -pad.top, map.h + pad.bottom) *
                    cells_within(x, step.w, k.w, -pad.left, map.w + pad.right);
  return cells > 1 ? cells : 1;
}

/// The padding that counts in an average's divisor.
inline Margins counted_padding(const Pool& op) { return op.count_include_pad ? op.pad : Margins{}; }

/// A window's cells on a map, row by row: visit(y, x).
template <class Visit>
void for_each_cell_on(Size map, const Pool& op, Point cell, const Visit& visit) {
  const Size &k = op.kernel, &step = op.dilation;
  const int top = cell.y * op.stride.h - op.pad.top, left = cell.x * op.stride.w - op.pad.left;
  const auto first_on = [](int first, int by) {
    return first < 0 ? first + (by - 1 - first) / by * by : first;
  };
  const int bottom = std::min(map.h, top + k.h * step.h);
  const int right = std::min(map.w, left + k.w * step.w);
  for (int y = first_on(top, step.h); y < bottom; y += step.h)
    for (int x = first_on(left, step.w); x < right; x += step.w) visit(y, x);
}

}  // namespace rfmap::core
