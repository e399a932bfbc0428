#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rfmap/geometry.h"
#include "rfmap/preprocess.h"

/// Figures made of tiles: photographs and maps with lines over them, titles, a colour bar, a
/// caption.
namespace rfmap {

/// A colour picture: blue, green, red of each pixel, rows first.
struct Raster {
  Size size;
  std::vector<std::uint8_t> bgr;
};

/// A line over a tile, in its pixels: pixel p covers p .. p + 1. It may leave the tile.
struct Mark {
  std::vector<std::array<double, 2>> points;  ///< x, y
  std::array<std::uint8_t, 3> colour{};       ///< blue, green, red
  bool dashed = false;
  std::string label;  ///< at its first point; may be empty
};

struct TilePicture {
  std::string label, note;  ///< below it, left and right
  Raster raster;
  std::vector<Mark> marks;
};

/// Tiles under one title, all at one magnification.
struct TileGroup {
  std::string title, note;
  std::vector<TilePicture> tiles;
};

struct ColourBar {
  std::string low, middle, high;  ///< labels of its ends and middle, with units
  bool diverging = false;         ///< else viridis
};

struct TileSheet {
  std::vector<TileGroup> groups;
  std::optional<ColourBar> bar;
  std::vector<std::string> caption;  ///< what is measured: layer, unit, image, values
  int columns = 6;
  int side = 150;      ///< side of a tile, px of the figure
  bool sharp = false;  ///< pixels are drawn as squares; otherwise they are interpolated
};

/// Written as PNG or SVG (lines and text stay vectors) according to the extension. Throws
/// ConfigError (another extension, cannot be created), DataError (nothing to draw), EngineError
/// (disk full).
void write_tiles(const std::string& path, const TileSheet& sheet);

Raster raster_of(const Crop& crop, ChannelOrder order);
/// Values [h, w] in viridis from `low` to `high`, or in diverging colours; NaN hatched.
Raster coloured(std::span<const float> values, Size size, double low, double high,
                bool diverging = false);
/// The photograph in grey, diverging colours over it the stronger the larger |value| / most.
/// `values` [h, w] of the photograph; NaN leaves it as it is.
Raster overlaid(const Raster& photo, std::span<const float> values, double most);
/// Darkens the pixels outside `mask` [h, w] to a fifth.
Raster darkened(const Raster& photo, std::span<const std::uint8_t> mask);
/// A crop, which may extend beyond the border; there it is hatched.
Raster cropped(const Raster& photo, Rect part);

/// A closed rectangle about the pixels of `box`.
Mark box_mark(const Rect& box, std::array<std::uint8_t, 3> colour);
/// Colours that can be distinguished, also by colour-blind readers (Okabe and Ito 2008).
std::array<std::uint8_t, 3> distinct_colour(int i);
std::string distinct_name(int i);
/// Borders of the area where a [h, w] map is at least `level`, moved by (dx, dy).
std::vector<Mark> cut_marks(std::span<const float> map, Size size, double level,
                            std::array<double, 2> shift, std::array<std::uint8_t, 3> colour);

}  // namespace rfmap
