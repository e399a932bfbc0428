#pragma once

#include <algorithm>

#include "rfmap/graph.h"

namespace rfmap {

/// Kernel cells of one axis that an average counts: those inside the map, or inside the padded map.
inline int counted_cells(int first, int kernel, int dilation, int low, int high) {
  int count = 0;
  for (int k = 0; k < kernel; ++k)
    count += first + k * dilation >= low && first + k * dilation < high;
  return count;
}

/// Divisor of output cell `cell` of an average pooling over a map of `map` cells (graph.h's Pool).
inline float average_divisor(const Pool& pool, Size map, Point cell) {
  const Margins pad = pool.count_include_pad ? pool.pad : Margins{};
  const int y = cell.y * pool.stride.h - pool.pad.top, x = cell.x * pool.stride.w - pool.pad.left;
  const int rows = counted_cells(y, pool.kernel.h, pool.dilation.h, -pad.top, map.h + pad.bottom);
  const int columns =
      counted_cells(x, pool.kernel.w, pool.dilation.w, -pad.left, map.w + pad.right);
  return float(std::max(1, rows * columns));
}

}  // namespace rfmap
