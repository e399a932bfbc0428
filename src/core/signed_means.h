#pragma once

#include <cstdint>
#include <span>

#include "rfmap/aggregate.h"

namespace rfmap {

/// Fills signed_mean, abs_mean and inhibition of a unit: the means of the change by sign, recentred
/// as the field is but never normalised, whatever the discrepancy rule.
void measure_signed(std::span<const ChangeMap> maps, const Grid& grid, const Canvas& canvas,
                    const AggregateRules& rules, std::span<const std::uint8_t> counted,
                    UnitField& unit);

}  // namespace rfmap
