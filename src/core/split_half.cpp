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

/// Adds rows to sums one after the other; four at a time, so that sums are loaded less often.
RFMAP_CLONES void add_rows(std::span<const float* const> rows, std::size_t width,
                           double* __restrict sums) {
  std::size_t i = 0;
  for (; i + 4 <= rows.size(); i += 4) {
    const float *a = rows[i], *b = rows[i + 1], *c = rows[i + 2], *d = rows[i + 3];
    for (std::size_t x = 0; x < width; ++x) sums[x] = sums[x] + a[x] + b[x] + c[x] + d[x];
  }
  for (; i < rows.size(); ++i)
    for (std::size_t x = 0; x < width; ++x) sums[x] += rows[i][x];
}

RFMAP_CLONES void divide(const double* __restrict counts, std::size_t width,
                         double* __restrict sums) {
  for (std::size_t x = 0; x < width; ++x) sums[x] /= counts[x];
}

/// Images of one half, and how many of them reach each column of the row at hand.
struct HalfImages {
  std::vector<const Recentred*> maps;
  std::vector<double> counts;

  bool reached_alike(std::size_t row, std::size_t other) const {
    return std::ranges::all_of(maps,
                               [&](const Recentred* m) { return m->rows[row] == m->rows[other]; });
  }
  void count(std::size_t row) {
    if (row > 0 && reached_alike(row, row - 1)) return;
    std::ranges::fill(counts, 0);
    for (const Recentred* map : maps)
      for (std::size_t x = 0; map->rows[row] && x < counts.size(); ++x)
        counts[x] += map->columns[x];
  }
};

/// Mean over the images of one half; NaN where none of them reaches.
std::vector<double> mean_of(const std::vector<Recentred>& maps, std::span<const int> clusters,
                            const std::vector<Half>& halves, Half half) {
  const std::size_t width = maps.front().columns.size();
  HalfImages images{{}, std::vector<double>(width)};
  for (std::size_t k = 0; k < maps.size(); ++k)
    if (halves[std::size_t(clusters[k])] == half) images.maps.push_back(&maps[k]);
  std::vector<double> means(maps.front().values.size(), 0);
  std::vector<const float*> rows(images.maps.size());
  for (std::size_t row = 0; row < maps.front().rows.size(); ++row) {
    images.count(row);
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = &images.maps[k]->values[row * width];
    add_rows(rows, width, &means[row * width]);
    divide(images.counts.data(), width, &means[row * width]);
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
    sum += pearson(mean_of(maps, clusters, halves, Half::first),
                   mean_of(maps, clusters, halves, Half::second), counted);
  }
  const double r = sum / kSplits;
  return float(2 * r / (1 + r));
}

}  // namespace rfmap::core
