#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/recentre.h"

namespace rfmap::core {

/// Ends of a 95 % interval, relative to the size.
struct Interval95 {
  float below = 0, above = 0;  ///< NaN where there are too few clusters
  float bias = 0;              ///< the size minus the mean size of the resamples
};

/// Clusters that an interval needs at least.
inline constexpr int kLeastClusters = 5;

/// Where the size of a K-image mean field lies when images are drawn anew from the same population:
/// percentiles 2.5 and 97.5 (linear between order statistics) of the size over resamples of the
/// images' clusters, on a logarithmic scale: shifted so that the resamples' mean is the size
/// itself, for a resample holds fewer different images and reads smaller; widened by t(n - 1) / z *
/// n / (n - 1) for n clusters. Shift and width were chosen by coverage (docs/method.md). Cluster of
/// draw d in resample b: Philox4x32-10 with the seed as key and (b, d / 4, unit, "boot") as
/// counter, word d % 4, times n, >> 32. The pixels that count are those of the K images themselves;
/// each takes the mean over the drawn images that reach it. Every rule takes the same resamples;
/// Gaussians are fitted on a lattice of 2500 pixels, the size that is compared with them too.
Interval95 bootstrap_interval(const std::vector<Recentred>& maps, std::span<const int> clusters,
                              std::span<const std::uint8_t> counted, const Canvas& canvas,
                              const AggregateRules& rules, const RandomStream& random);

/// How often each of `images` images is drawn in one resample of as many.
std::vector<float> draw_images(int images, std::uint64_t seed, int resample, int unit);

}  // namespace rfmap::core
