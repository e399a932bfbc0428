#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rfmap/aggregate.h"

#include "core/recentre.h"

namespace rfmap::core {

/// Split-half reliability of a mean field: correlation between the means of two halves of the
/// images over the pixels that count, averaged over 16 random halves, stepped up to all images by
/// Spearman and Brown (1910): 2 r / (1 + r). It is the ceiling of any correlation with the field.
/// `clusters`: images of one cluster stay together. NaN for fewer than four clusters.
float split_half_reliability(const std::vector<Recentred>& maps, std::span<const int> clusters,
                             std::span<const std::uint8_t> counted, const RandomStream& random);

}  // namespace rfmap::core
