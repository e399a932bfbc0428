#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/recentre.h"

namespace rfmap {

/// 95 % interval of the chosen size over resamples of the K images, percentiles 2.5 and 97.5
/// (linear between order statistics). Image of draw d in resample b: Philox4x32-10 with the seed as
/// key and (b, d / 4, unit, "boot") as counter, word d % 4, times K, >> 32.
/// The pixels that count are those of the K images themselves; each takes the mean over the drawn
/// images that reach it. `area` takes all resamples, the dearer rules at most 200.
std::array<float, 2> bootstrap_interval(const std::vector<Recentred>& maps,
                                        std::span<const std::uint8_t> counted, const Canvas& canvas,
                                        const AggregateRules& rules, int unit);

/// How often each of `images` images is drawn in one resample of as many.
std::vector<float> draw_images(int images, std::uint64_t seed, int resample, int unit);

}  // namespace rfmap
