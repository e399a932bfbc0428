#pragma once

#include <algorithm>
#include <cstddef>

#include "rfmap/geometry.h"

namespace rfmap::core {

/// Hull of the cells of a map, counted row by row, that `holds` is true for; empty where there is
/// none.
template <class Holds>
Rect hull_of(Size map, const Holds& holds) {
  Rect hull{map.h, map.w, 0, 0};
  std::size_t cell = 0;
  for (int y = 0; y < map.h; ++y)
    for (int x = 0; x < map.w; ++x)
      if (holds(cell++))
        hull = {std::min(hull.y0, y), std::min(hull.x0, x), std::max(hull.y1, y + 1),
                std::max(hull.x1, x + 1)};
  return hull.empty() ? Rect{} : hull;
}

}  // namespace rfmap::core
