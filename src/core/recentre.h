#pragma once

#include <cstdint>
#include <vector>

#include "rfmap/aggregate.h"

namespace rfmap::core {

/// One discrepancy map on the canvas, the unit's centre in the middle. A pixel is reached where its
/// row and its column are: the grid's hull is a rectangle.
struct Recentred {
  std::vector<float> values;        ///< [height, width]; 0 where not reached
  std::vector<char> rows, columns;  ///< 1 where reached
  bool reaches(int row, int column) const { return rows[row] && columns[column]; }
};

/// [height, width]: 1 where reached.
std::vector<std::uint8_t> reached_pixels(const Recentred& map);

/// Applies the discrepancy rule, brings the map to the canvas' pixels and normalises it.
/// The grid is read at each pixel's exact place in the image, so nothing is resampled twice.
Recentred recentre(const ChangeMap& map, const Grid& grid, const Canvas& canvas,
                   const AggregateRules& rules);

}  // namespace rfmap::core
