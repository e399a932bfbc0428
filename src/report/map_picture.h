#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "report/pages.h"

namespace rfmap {

/// The peak and the outline at the cut of what counts in a [height, width] map; `drawn`: all of it
/// that is shown. Signs where the rules' discrepancy has them.
MapPicture describe_map(const CountedMean& counted, std::span<const float> drawn,
                        const Canvas& canvas, const AggregateRules& rules);
/// The same of a gradient field, which has no signs; all that is not NaN counts.
MapPicture describe_gradient(const GradientField& field, const Canvas& canvas, double cut);

/// How maps of a run with these rules are coloured: "coloured from 0 to its own peak".
const char* coloured_how(const AggregateRules& rules);

/// The map in viridis from 0 (with signs: in diverging colours from -peak) to its peak, as PNG; NaN
/// is clear.
std::vector<std::uint8_t> map_png(std::span<const float> map, const Canvas& canvas,
                                  const MapPicture& picture);

/// The changes of all images one below the other, [rank, grid_y, grid_x]: both ends of diverging
/// colours, more opaque the larger the change, each image to its own largest.
std::vector<std::uint8_t> maps_png(const UnitRecord& unit, const Grid& grid);

}  // namespace rfmap
