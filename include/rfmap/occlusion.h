#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rfmap/field.h"
#include "rfmap/geometry.h"

namespace rfmap {

/// Positions of the occluder over the network's input, row-major. Only occluders that lie
/// completely inside: origins 0, stride, 2 stride, ... while the occluder fits; with overhang also
/// those cut by the border, in the same phase (..., -6, -3, 0, 3, ...), at least one pixel inside.
struct Grid {
  Size occluder, stride, input;
  Point first;  ///< top left origin (negative multiples of the stride with overhang)
  Size count;   ///< positions per axis
  int positions() const { return count.h * count.w; }
  /// Row and column in the grid.
  Point cell(int index) const { return {index / count.w, index % count.w}; }
  Point origin(int index) const {
    return {first.y + cell(index).y * stride.h, first.x + cell(index).x * stride.w};
  }
  /// Centre of an occluder in pixels: origin + (side - 1) / 2.
  double centre_y(int row) const { return first.y + row * stride.h + (occluder.h - 1) / 2.0; }
  double centre_x(int column) const { return first.x + column * stride.w + (occluder.w - 1) / 2.0; }
};

/// Whether occluders that the input's border cuts are taken too.
enum class Overhang { no, yes };

/// Throws ConfigError if the occluder is larger than the input, or a side or stride is not
/// positive.
Grid make_grid(Size input, Size occluder, Size stride, Overhang overhang = Overhang::no);

/// One sentence where the grid leaves much unmeasured: a single position, or gaps between the
/// occluders. Otherwise empty.
std::string doubt_of(const Grid& grid);

/// Indices of the grid positions whose occluder touches any of the (clipped) boxes, ascending.
std::vector<int> touching(const Grid& grid, std::span<const Rect> boxes);

enum class Fill { noise, mean, gray, black, image_mean, blur };

/// How a map becomes one number (docs/method.md, "response").
enum class Response { location, max, sum };

/// Philox4x32-10 (Salmon et al., SC 2011): first output word for counter and key.
std::uint32_t philox(const std::uint32_t counter[4], const std::uint32_t key[2]);

/// Noise patch of one grid position, 0..255, [channel, y, x]: key = low and high word of the seed,
/// counter = (grid index, channel, y, x), value = first output word >> 24 (docs/method.md, "fill").
std::vector<std::uint8_t> noise_patch(std::uint64_t seed, int grid_index, int channels, Size size);

}  // namespace rfmap
