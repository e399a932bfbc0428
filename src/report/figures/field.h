#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "report/outline.h"
#include "report/recorded.h"
#include "report/tiles.h"

/// Figures that the report and `rfmap show` share.
namespace rfmap::figures {

/// Colour of outlines: blue, green, red.
constexpr std::array<std::uint8_t, 3> kOrange{60, 122, 255};

/// A mean map with its outline at the cut.
struct FieldFigure {
  report::ColouredMap map;
  std::vector<report::Ring> cut;
};

/// `drawn`: all of the [height, width] map that is shown; peak and outline are of what counts.
/// Signs where the rules' discrepancy has them.
FieldFigure field_figure(const report::CountedMean& counted, std::vector<float> drawn,
                         const Canvas& canvas, const AggregateRules& rules);
/// The same of a gradient field, which has no signs; all that is not NaN counts.
FieldFigure gradient_figure(const GradientField& field, const Canvas& canvas, double cut);

/// As a tile: the theoretical field's box about the centre, the outline.
report::TilePicture field_tile(FieldFigure figure, const Field& theory);
/// The theoretical field's box in the middle of a map, dashed.
report::Mark theory_mark(const Field& theory, const report::ColouredMap& map);

/// Largest of the absolute values; NaN takes no part.
float largest_of(std::span<const float> values);

/// Of maps of a run with these rules.
report::Colours colours_of(const AggregateRules& rules);

/// How maps of a run with these rules are coloured: "coloured from 0 to its own peak".
const char* coloured_how(const AggregateRules& rules);

/// The map as palette PNG; NaN is clear.
std::vector<std::uint8_t> map_png(const report::ColouredMap& map);

/// The changes of all images one below the other, [rank, grid_y, grid_x]: both ends of diverging
/// colours, more opaque the larger the change, each image to its own largest.
std::vector<std::uint8_t> maps_png(const UnitRecord& unit, const Grid& grid);

}  // namespace rfmap::figures
