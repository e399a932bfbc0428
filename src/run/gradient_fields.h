#pragma once

#include <span>
#include <vector>

#include "rfmap/aggregate.h"
#include "rfmap/results.h"

namespace rfmap::run {

/// Recentres and averages absolute gradient maps ([H, W] over the input) as change maps are, but
/// without normalisation and with the border ignored; no maps: everything NaN.
std::vector<float> mean_gradient(std::span<const ChangeMap> maps, Size input, const Canvas& canvas);

/// Sizes, correlation and overlap of a mean gradient map, of which NaN does not count. Like is
/// compared with like: the gradient after a box filter of the occluder's size (size_occluder is its
/// size), as both are absolute, with the mean absolute change. Correlation: Pearson's, over the
/// pixels that count in both; overlap: shared area over joint area at the cut of each one's peak.
GradientField measure_gradient_field(std::vector<float> mean, const UnitField& empirical,
                                     const Canvas& canvas, Size occluder,
                                     const AggregateRules& rules);

}  // namespace rfmap::run
