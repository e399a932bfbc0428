#pragma once

#include "rfmap/results.h"

namespace rfmap::results {

/// Checks of values that readers rely on, before anything is computed from them: values that no run
/// writes (a stride of 0, infinite fields, images beyond the list) would index or allocate out of
/// bounds. `rfmap check` makes further checks. All throw h5::Failure that names attribute or
/// dataset, and value.
void require_grid(const RunRecord& run);
void require_layer(const LayerRecord& layer, const RunRecord& run);
void require_unit(const UnitRecord& unit, const LayerRecord& layer, const RunRecord& run);

/// Equal but for rounding, or both not numbers.
bool same_number(double a, double b);

}  // namespace rfmap::results
