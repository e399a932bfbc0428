#pragma once

#include <span>
#include <vector>

#include "rfmap/aggregate.h"

namespace rfmap::core {

/// Change of a linear unit whose weights are 1 on height x width pixels around `centre`: its
/// overlap with the occluder at every position of the grid, row-major.
std::vector<float> flat_change(const Grid& grid, const Centre& centre, double height, double width);

/// What a flat field of side x side pixels (a linear unit) reads by the chosen rule when maps with
/// these centres are averaged: the same occluder, grid phases and cut, no border of an image. Where
/// a field of this side cannot have its middle at the centre (by the parity of `canvas`), centres
/// move by half a pixel.
float flat_reading(double side, std::span<const Centre> centres, const Grid& grid,
                   const Canvas& canvas, const AggregateRules& rules);

/// The inverse: the side of the flat field that would read `size`; between whole sides it is
/// interpolated. NaN below the occluder's resolution, where `size` is nearer to the reading of one
/// pixel than to that of two.
float equivalent_size(float size, std::span<const Centre> centres, const Grid& grid,
                      const Canvas& canvas, const AggregateRules& rules);

}  // namespace rfmap::core
