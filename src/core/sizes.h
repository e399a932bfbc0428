#pragma once

#include <cstdint>
#include <span>

#include "rfmap/aggregate.h"

namespace rfmap::core {

/// Largest value among the counted pixels, 0 where none is above 0.
float counted_peak(std::span<const float> map, std::span<const std::uint8_t> counted);

/// The chosen rule's number alone, as measure_sizes and chosen_size would give it; the Gaussian is
/// fitted on a coarser lattice (2500 pixels). For the sizes of single images and resamples.
float size_by_rule(std::span<const float> map, std::span<const std::uint8_t> counted,
                   const Canvas& canvas, SizeRule rule, double size_cut);

/// Size by the chosen rule from every second position of the grid along each axis, mean over the
/// four ways to take them: how much a grid twice as coarse would read. NaN where the grid has fewer
/// than four positions along an axis.
float thinned_size(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                   const AggregateRules& rules);

/// Share of the cut's contour that touches pixels which do not count. The contour: pixels at or
/// above the cut with a 4-neighbour that is below it, does not count or lies outside the canvas.
float truncated_share(std::span<const float> map, std::span<const std::uint8_t> counted,
                      const Canvas& canvas, double size_cut);

}  // namespace rfmap::core
