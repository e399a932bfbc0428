#include "core/split_half.h"

#include <algorithm>
#include <utility>

#include "core/clones.h"
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

/// A row of a map is added to that of its half.
RFMAP_CLONES void add_row(const float* values, const char* reached, std::size_t width,
                          double* __restrict sums, int* __restrict counts) {
  for (std::size_t x = 0; x < width; ++x) sums[x] += double(values[x]);
  for (std::size_t x = 0; x < width; ++x) counts[x] += reached[x];
}

RFMAP_CLONES void divide(double* __restrict sums, const int* __restrict counts, std::size_t width) {
  for (std::size_t x = 0; x < width; ++x) sums[x] /= double(counts[x]);
}

/// Means over the images of each half; NaN where none of them reaches.
struct HalfMeans {
  std::vector<double> first, second;
};

HalfMeans means_of(const std::vector<Recentred>& maps, std::span<const int> clusters,
                   const std::vector<Half>& halves) {
  const std::size_t width = maps.front().columns.size(), rows = maps.front().rows.size();
  HalfMeans means{std::vector<double>(rows * width, 0), std::vector<double>(rows * width, 0)};
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<int> counts_first(width, 0), counts_second(width, 0);
    double *const first = &means.first[row * width], *const second = &means.second[row * width];
    for (std::size_t k = 0; k < maps.size(); ++k) {
      if (!maps[k].rows[row]) continue;
      const bool is_first = halves[std::size_t(clusters[k])] == Half::first;
      add_row(&maps[k].values[row * width], maps[k].columns.data(), width,
              is_first ? first : second, is_first ? counts_first.data() : counts_second.data());
    }
    divide(first, counts_first.data(), width);
    divide(second, counts_second.data(), width);
  }
  return means;
}

}  // namespace

float split_half_reliability(const std::vector<Recentred>& maps, std::span<const int> clusters,
                             std::span<const std::uint8_t> counted, const RandomStream& random) {
  const int count = cluster_count(clusters);
  if (count < 4) return kNan;
  double sum = 0;
  for (int split = 0; split < kSplits; ++split) {
    const std::vector<Half> halves = draw_halves(count, random.seed, split, random.unit);
    const HalfMeans means = means_of(maps, clusters, halves);
    sum += pearson(means.first, means.second, counted);
  }
  const double r = sum / kSplits;
  return float(2 * r / (1 + r));
}

}  // namespace rfmap::core
