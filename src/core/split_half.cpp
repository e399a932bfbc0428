#include "core/split_half.h"

#include <algorithm>
#include <utility>

#include "core/clusters.h"
#include "core/nan.h"
#include "core/pearson.h"
#include "core/philox.h"

namespace rfmap::core {
namespace {

constexpr int kSplits = 16;

enum class Half { first, second };

/// The half of each cluster; the first is the smaller one where their number is odd.
std::vector<Half> draw_halves(int clusters, std::uint64_t seed, int split, int unit) {
  constexpr std::uint32_t kPurpose = 0x68616c66;  // "half"
  std::vector<std::pair<std::uint32_t, int>> order;
  for (int c = 0; c < clusters; ++c)
    order.emplace_back(
        philox_block({std::uint32_t(c), std::uint32_t(split), std::uint32_t(unit), kPurpose},
                     {std::uint32_t(seed), std::uint32_t(seed >> 32)})[0],
        c);
  std::sort(order.begin(), order.end());
  std::vector<Half> halves(std::size_t(clusters), Half::second);
  for (int i = 0; i < clusters / 2; ++i)
    halves[std::size_t(order[std::size_t(i)].second)] = Half::first;
  return halves;
}

/// Mean over the images of one half; NaN where none of them reaches.
std::vector<double> mean_of(const std::vector<Recentred>& maps, std::span<const int> clusters,
                            const std::vector<Half>& halves, Half half) {
  const std::size_t width = maps.front().columns.size();
  std::vector<double> sums(maps.front().values.size(), 0), counts(sums.size(), 0);
  for (std::size_t k = 0; k < maps.size(); ++k) {
    if (halves[std::size_t(clusters[k])] != half) continue;
    std::size_t i = 0;
    for (std::size_t row = 0; row < maps[k].rows.size(); ++row)
      for (std::size_t column = 0; column < width; ++column, ++i) {
        sums[i] += maps[k].values[i];
        counts[i] += maps[k].reaches(int(row), int(column));
      }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i];
  return sums;
}

}  // namespace

float split_half_reliability(const std::vector<Recentred>& maps, std::span<const int> clusters,
                             std::span<const std::uint8_t> counted, const RandomStream& random) {
  const int count = cluster_count(clusters);
  if (count < 4) return kNan;
  double sum = 0;
  for (int split = 0; split < kSplits; ++split) {
    const std::vector<Half> halves = draw_halves(count, random.seed, split, random.unit);
    sum += pearson(mean_of(maps, clusters, halves, Half::first),
                   mean_of(maps, clusters, halves, Half::second), counted);
  }
  const double r = sum / kSplits;
  return float(2 * r / (1 + r));
}

}  // namespace rfmap::core
