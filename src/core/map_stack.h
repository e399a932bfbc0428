#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rfmap/geometry.h"

#include "core/recentre.h"

namespace rfmap::core {

/// The K maps of a unit inside the hull of the pixels that count, laid out for sums over images. A
/// row is padded with zeros to whole tiles.
struct MapStack {
  /// Neighbouring columns that the same images reach.
  struct Run {
    int begin = 0, end = 0, column_class = 0;
  };
  static constexpr int kTileRows = 4, kTileColumns = 16;
  static constexpr int kPadding = 8;  ///< of rows of tiles

  int images = 0, rows = 0, width = 0;
  std::vector<float> values;     ///< [row, image, width]
  std::vector<int> row_class;    ///< [row] rows that the same images reach have one class
  std::vector<float> reaching;   ///< [class, image] 1 where the image reaches the rows
  std::vector<Run> runs;         ///< of all columns, padded ones too
  std::vector<float> reached;    ///< [column class, image] 1 where the image reaches the columns
  std::vector<float> countable;  ///< [class, column class] 1 where the pixels count
  /// Largest value of each image in a tile, 0 where none is above: [tile row, image, tile_width]
  std::vector<float> tile_peaks;
  int tile_width = 0;  ///< tiles along a row, padded with zeros

  int classes() const { return int(reaching.size()) / images; }
  int column_classes() const { return int(reached.size()) / images; }
  int tile_rows() const { return (rows + kTileRows - 1) / kTileRows; }
  int tile_columns() const { return width / kTileColumns; }
  const float* row(int y) const { return &values[std::size_t(y) * images * width]; }
  const float* tile_row(int y) const { return &tile_peaks[std::size_t(y) * images * tile_width]; }
};

/// `counted`: [height, width], at least one pixel; it depends on which images reach a pixel only
/// (counted_pixels).
MapStack make_stack(const std::vector<Recentred>& maps, std::span<const std::uint8_t> counted,
                    const Canvas& canvas, Border border);

}  // namespace rfmap::core
