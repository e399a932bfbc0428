#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "rfmap/geometry.h"
#include "rfmap/preprocess.h"

/// Figures made of tiles: photographs and maps with lines over them, titles, a colour bar, a
/// caption.
namespace rfmap::report {

/// A colour picture: blue, green, red of each pixel, rows first.
struct Raster {
  Size size;
  std::vector<std::uint8_t> bgr;
};

/// The colours of a map's values: viridis from 0 to its peak, values below 0 as 0; diverging, for
/// values with signs, from -peak to peak.
enum class Colours { viridis, diverging };

enum class Stroke { solid, dashed };

/// How a picture is enlarged: between the centres of its pixels, or each drawn as a square.
enum class Pixels { interpolated, squares };

/// A map whose values are shown as colours; NaN hatched.
struct ColouredMap {
  Size size;
  std::vector<float> values;  ///< [h, w]
  double peak = 0;
  Colours colours = Colours::viridis;
};

/// A line over a tile, in its pixels: pixel p covers p .. p + 1. It may leave the tile.
struct Mark {
  std::vector<std::array<double, 2>> points;  ///< x, y
  std::array<std::uint8_t, 3> colour{};       ///< blue, green, red
  Stroke stroke = Stroke::solid;
};

struct TilePicture {
  std::string label, note;  ///< below it, left and right
  std::variant<Raster, ColouredMap> picture;
  std::vector<Mark> marks;
};

/// Tiles under one title, all at one magnification.
struct TileGroup {
  std::string title, note;
  std::vector<TilePicture> tiles;
  bool scale = false;  ///< a scale bar beside the title: pixels of the tiles are the input's
};

struct ColourBar {
  std::string low, middle, high;  ///< labels of its ends and middle, with units
  Colours colours = Colours::viridis;
};
/// Of maps that are coloured each to its own peak; `unit` ends the text.
ColourBar map_bar(Colours colours, const std::string& unit);

struct TileSheet {
  std::vector<TileGroup> groups;
  std::optional<ColourBar> bar;
  std::vector<std::string> caption;  ///< what is measured: layer, unit, image, values
  int columns = 6;
  int side = 150;  ///< side of a tile, px of the figure
  Pixels pixels = Pixels::interpolated;
};

/// Written as PNG or SVG (lines and text stay vectors) according to the extension. Throws
/// ConfigError (another extension, cannot be created), DataError (nothing to draw), EngineError
/// (disk full).
void write_tiles(const std::string& path, const TileSheet& sheet);

Raster raster_of(const Crop& crop, ChannelOrder order);
/// The map at `drawn` pixels, bilinear between the centres of its own. What was not measured keeps
/// its edges and takes no part in its neighbours' values.
Raster painted(const ColouredMap& map, Size drawn);
/// The photograph in grey, diverging colours over it the stronger the larger |value| / most.
/// `values` [h, w] of the photograph; NaN leaves it as it is.
Raster overlaid(const Raster& photo, std::span<const float> values, double most);
/// Darkens the pixels outside `mask` [h, w] to a fifth.
Raster darkened(const Raster& photo, std::span<const std::uint8_t> mask);
/// A crop, which may extend beyond the border; there it is hatched.
Raster cropped(const Raster& photo, Rect part);

/// A closed rectangle about the pixels of `box`.
Mark box_mark(const Rect& box, std::array<std::uint8_t, 3> colour, Stroke stroke = Stroke::solid);

struct NamedColour {
  const char* name;
  std::array<std::uint8_t, 3> bgr;
};
/// Colours that can be distinguished, also by colour-blind readers (Okabe and Ito 2008).
const NamedColour& distinct_colour(std::size_t i);

}  // namespace rfmap::report
