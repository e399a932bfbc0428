#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "rfmap/aggregate.h"

namespace rfmap::core {

/// All NaN.
Gaussian no_gaussian();

/// No lattice: a canvas of 447 x 447 pixels takes a tenth of a second.
inline constexpr int kAllPixels = std::numeric_limits<int>::max();

/// Least squares fit of amplitude * exp(-q / 2), without offset, to the positive part of the
/// counted pixels by Levenberg-Marquardt from the map's moments, on a lattice of at most about
/// `samples` pixels. NaN where it fails: too few pixels, or a bell that the canvas does not hold
/// (its centre outside, or a sigma beyond the larger side).
Gaussian fit_gaussian(std::span<const float> map, std::span<const std::uint8_t> counted,
                      const Canvas& canvas, int samples = kAllPixels);

}  // namespace rfmap::core
