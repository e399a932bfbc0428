#include "core/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/clones.h"
#include "core/clusters.h"
#include "core/nan.h"
#include "core/philox.h"
#include "core/resampled_means.h"
#include "core/sizes.h"

namespace rfmap::core {
namespace {

/// Resamples for which the maps are read once; their means stay in the cache.
constexpr int kBlock = 8;

RFMAP_CLONES int count_at_least(const float* values, std::size_t n, float threshold) {
  int count = 0;
  for (std::size_t i = 0; i < n; ++i) count += values[i] >= threshold ? 1 : 0;
  return count;
}

/// The images of the clusters that one resample draws.
Draws draw(std::span<const int> clusters, std::uint64_t seed, int resample, int unit) {
  const std::vector<float> times = draw_images(cluster_count(clusters), seed, resample, unit);
  Draws drawn;
  for (int k = 0; k < int(clusters.size()); ++k) {
    if (times[clusters[k]] == 0) continue;
    drawn.images.push_back(k);
    drawn.times.push_back(times[clusters[k]]);
  }
  return drawn;
}

/// Pixels below this share of the peak do not matter to the rule; 0: all do.
double least_share(const AggregateRules& rules) {
  return rules.size_rule == SizeRule::area ? rules.size_cut : 0;
}

/// Size of one mean map. Pixels that do not count hold 0, below any threshold.
float resample_size(const MapStack& s, std::span<const float> mean, float peak,
                    const AggregateRules& rules) {
  if (!(peak > 0)) return kNan;
  if (rules.size_rule == SizeRule::area) {
    const float threshold = float(rules.size_cut * peak);
    return std::sqrt(float(count_at_least(mean.data(), mean.size(), threshold)));
  }
  std::vector<std::uint8_t> counted;
  for (const int row_class : s.row_class)
    for (const MapStack::Run& run : s.runs)
      counted.insert(
          counted.end(), std::size_t(run.end - run.begin),
          s.countable[std::size_t(row_class) * s.column_classes() + run.column_class] > 0);
  return size_by_rule(mean, counted, {s.rows, s.width}, rules.size_rule, rules.size_cut);
}

/// Linear between the order statistics of sorted values.
float quantile(const std::vector<float>& sorted, double q) {
  const double position = q * double(sorted.size() - 1);
  const std::size_t below = std::size_t(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return float(sorted[below] + (position - double(below)) * (sorted[above] - sorted[below]));
}

/// Sorted sizes of all resamples that have one.
std::vector<float> resampled_sizes(const MapStack& stack, std::span<const int> clusters,
                                   const AggregateRules& rules, const RandomStream& random) {
  std::vector<float> sizes;
  ResampledMeans means;
  for (int first = 0; first < rules.resamples; first += kBlock) {
    std::vector<Draws> drawn;
    for (int b = 0; b < std::min(kBlock, rules.resamples - first); ++b)
      drawn.push_back(draw(clusters, random.seed, first + b, random.unit));
    average_resamples(stack, drawn, least_share(rules), means);
    for (std::size_t b = 0; b < drawn.size(); ++b) {
      const float size = resample_size(stack, means.of(b), means.peaks[b], rules);
      if (!std::isnan(size)) sizes.push_back(size);
    }
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

/// What the resamples would read if each image were drawn once.
float own_reading(const MapStack& stack, const AggregateRules& rules) {
  Draws once;
  for (int k = 0; k < stack.images; ++k) {
    once.images.push_back(k);
    once.times.push_back(1);
  }
  ResampledMeans means;
  average_resamples(stack, std::span(&once, 1), least_share(rules), means);
  return resample_size(stack, means.of(0), means.peaks.front(), rules);
}

/// 97.5th percentile of Student's t with n - 1 degrees of freedom over the normal's, by the series
/// of Cornish and Fisher (Abramowitz and Stegun, 26.7.5).
double student_over_normal(int n) {
  const double v = n - 1, z = 1.959964, z2 = z * z;
  return 1 + (z2 + 1) / (4 * v) + (5 * z2 * z2 + 16 * z2 + 3) / (96 * v * v) +
         (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * v * v * v);
}

}  // namespace

std::vector<float> draw_images(int images, std::uint64_t seed, int resample, int unit) {
  constexpr std::uint32_t kPurpose = 0x626f6f74;  // "boot": apart from the noise patches' counters
  std::vector<float> drawn(images, 0);
  for (int d = 0; d < images; d += 4) {
    const auto words =
        philox_block({std::uint32_t(resample), std::uint32_t(d / 4), std::uint32_t(unit), kPurpose},
                     {std::uint32_t(seed), std::uint32_t(seed >> 32)});
    for (int i = 0; i < std::min(4, images - d); ++i)
      drawn[std::uint64_t(words[i]) * std::uint64_t(images) >> 32] += 1;
  }
  return drawn;
}

Interval95 bootstrap_interval(const std::vector<Recentred>& maps, std::span<const int> clusters,
                              std::span<const std::uint8_t> counted, const Canvas& canvas,
                              const AggregateRules& rules, const RandomStream& random) {
  const int n = cluster_count(clusters);
  if (n < 2) return {kNan, kNan, kNan};
  const MapStack stack = make_stack(maps, counted, canvas, rules.border);
  const std::vector<float> sizes = resampled_sizes(stack, clusters, rules, random);
  if (sizes.empty()) return {kNan, kNan, kNan};
  double mean = 0, log_mean = 0;
  for (const float size : sizes) {
    mean += double(size) / double(sizes.size());
    log_mean += std::log(double(size)) / double(sizes.size());
  }
  const float own = own_reading(stack, rules);
  Interval95 found{kNan, kNan, float(own - mean)};
  if (n < kLeastClusters) return found;
  const double wider = student_over_normal(n) * n / (n - 1.0);
  const auto end = [&](double q) {
    return float(own * std::expm1(wider * (std::log(double(quantile(sizes, q))) - log_mean)));
  };
  found.below = end(0.025);
  found.above = end(0.975);
  return found;
}

}  // namespace rfmap::core
