#pragma once

#include <span>

#include "rfmap/aggregate.h"

namespace rfmap {

/// Size by the chosen rule from every second position of the grid along each axis, mean over the
/// four ways to take them: how much a grid twice as coarse would read. NaN where the grid has fewer
/// than four positions along an axis.
float thinned_size(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                   const AggregateRules& rules);

}  // namespace rfmap
