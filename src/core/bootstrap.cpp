#include "core/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>

#include "core/clones.h"
#include "core/clusters.h"
#include "core/hull.h"
#include "core/nan.h"
#include "core/philox.h"
#include "core/sizes.h"

namespace rfmap::core {
namespace {

constexpr int kBlock =
    8;  ///< resamples for which the maps are read once; their means stay in cache
constexpr int kTile = 16;  ///< rows are padded to whole tiles

/// The K maps inside the hull of the pixels that count, rows padded to whole tiles with zeros.
struct Stack {
  int images = 0, rows = 0, width = 0;
  int first_row = 0, first_column = 0, columns = 0;
  std::vector<float> values;      ///< [row, image, width]
  std::vector<int> row_class;     ///< [row] rows that the same images reach have one class
  std::vector<float> reaching;    ///< [class, image] 1 where the image reaches the rows
  std::vector<int> column_class;  ///< [width] the same for columns
  std::vector<float> reached;     ///< [column class, image] 1 where the image reaches the columns
  std::vector<float> countable;   ///< [class, width] 1 where the pixel counts
  std::size_t row_size() const { return std::size_t(images) * width; }
  int classes() const { return int(reaching.size()) / images; }
  int column_classes() const { return int(reached.size()) / images; }
};

/// Groups lines (rows or columns) by the images that reach them: a class a line, and what images
/// reach each class. With Border::zero all do.
template <class Reaches>
void classify(int lines, int images, const Reaches& reaches, std::vector<int>& line_class,
              std::vector<float>& reaching) {
  std::map<std::vector<float>, int> known;
  for (int line = 0; line < lines; ++line) {
    std::vector<float> pattern;
    for (int k = 0; k < images; ++k) pattern.push_back(reaches(k, line) ? 1.f : 0.f);
    const auto [entry, is_new] = known.try_emplace(pattern, int(known.size()));
    line_class.push_back(entry->second);
    if (is_new) reaching.insert(reaching.end(), pattern.begin(), pattern.end());
  }
}

void classify_lines(Stack& s, const std::vector<Recentred>& maps, Border border,
                    std::span<const std::uint8_t> counted, int canvas_width) {
  const auto row_reached = [&](int k, int row) {
    return border == Border::zero || maps[k].rows[s.first_row + row];
  };
  const auto column_reached = [&](int k, int x) {
    return x < s.columns && (border == Border::zero || maps[k].columns[s.first_column + x]);
  };
  classify(s.rows, s.images, row_reached, s.row_class, s.reaching);
  classify(s.width, s.images, column_reached, s.column_class, s.reached);
  s.countable.resize(std::size_t(s.classes()) * s.width);
  for (int row = 0; row < s.rows; ++row)  // alike in all rows of a class
    for (int x = 0; x < s.columns; ++x)
      s.countable[std::size_t(s.row_class[row]) * s.width + x] =
          counted[std::size_t(s.first_row + row) * canvas_width + s.first_column + x] ? 1.f : 0.f;
}

Stack make_stack(const std::vector<Recentred>& maps, std::span<const std::uint8_t> counted,
                 const Canvas& canvas, Border border) {
  const Rect hull =
      hull_of({canvas.height, canvas.width}, [&](std::size_t i) { return counted[i]; });
  Stack s;
  s.images = int(maps.size());
  s.rows = hull.y1 - hull.y0;
  s.columns = hull.x1 - hull.x0;
  s.width = (s.columns + kTile - 1) / kTile * kTile;
  s.first_row = hull.y0;
  s.first_column = hull.x0;
  s.values.assign(s.rows * s.row_size(), 0);
  for (int k = 0; k < s.images; ++k)
    for (int row = 0; row < s.rows; ++row) {
      const float* from = &maps[k].values[std::size_t(hull.y0 + row) * canvas.width + hull.x0];
      std::copy(from, from + s.columns, &s.values[row * s.row_size() + std::size_t(k) * s.width]);
    }
  classify_lines(s, maps, border, counted, canvas.width);
  return s;
}

/// The images that were drawn at all: about 63 %, so that a third of the sums is saved.
struct Draws {
  std::vector<int> images;
  std::vector<float> times;
};

/// Eight columns of a map, anywhere in it.
using Lanes [[gnu::vector_size(32), gnu::aligned(alignof(float)), gnu::may_alias]] = float;
constexpr int kLanes = 8;

inline const Lanes& lanes(const float* at) { return *reinterpret_cast<const Lanes*>(at); }
inline Lanes& lanes(float* at) { return *reinterpret_cast<Lanes*>(at); }

/// Sums over the drawn images of times * values[image, x] for kVectors * 8 columns, kept in
/// registers; four images at a time, so that their additions do not wait for each other.
template <int kVectors>
[[gnu::always_inline]] inline void weighted_sums(const float* values, const Draws& draws, int width,
                                                 Lanes (&sums)[kVectors]) {
  const std::size_t count = draws.images.size();
  const int* image = draws.images.data();
  const float* w = draws.times.data();
  for (Lanes& sum : sums) sum = Lanes{};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float *v0 = values + std::size_t(image[i]) * width,
                *v1 = values + std::size_t(image[i + 1]) * width,
                *v2 = values + std::size_t(image[i + 2]) * width,
                *v3 = values + std::size_t(image[i + 3]) * width;
    const float w0 = w[i], w1 = w[i + 1], w2 = w[i + 2], w3 = w[i + 3];
    for (int v = 0; v < kVectors; ++v) {
      const int x = v * kLanes;
      sums[v] += w0 * lanes(v0 + x) + w1 * lanes(v1 + x) + w2 * lanes(v2 + x) + w3 * lanes(v3 + x);
    }
  }
  for (; i < count; ++i) {
    const float* from = values + std::size_t(image[i]) * width;
    for (int v = 0; v < kVectors; ++v) sums[v] += w[i] * lanes(from + v * kLanes);
  }
}

/// What one resample makes of one row.
struct RowTask {
  const Draws* draws;
  const float* factors;  ///< [width]
  float* means;          ///< [width]
  float* largest;        ///< [kLanes]
};

/// means = sums * factors for some columns from `x` on, and the largest of them so far.
template <int kVectors>
[[gnu::always_inline]] inline void mean_columns(const float* values, int width, int x,
                                                std::span<const RowTask> tasks) {
  for (const RowTask& task : tasks) {
    Lanes sums[kVectors];
    weighted_sums(values + x, *task.draws, width, sums);
    Lanes largest = lanes(task.largest);
    for (int v = 0; v < kVectors; ++v) {
      const Lanes mean = sums[v] * lanes(task.factors + x + v * kLanes);
      lanes(task.means + x + v * kLanes) = mean;
      largest = mean > largest ? mean : largest;
    }
    lanes(task.largest) = largest;
  }
}

/// One row of all resamples of a block, some columns at a time, so that these columns of all images
/// stay in the first cache.
RFMAP_CLONES void mean_row(const float* values, int width, std::span<const RowTask> tasks) {
  int x = 0;
  for (; x + 8 * kLanes <= width; x += 8 * kLanes) mean_columns<8>(values, width, x, tasks);
  if (x + 4 * kLanes <= width) {
    mean_columns<4>(values, width, x, tasks);
    x += 4 * kLanes;
  }
  if (x < width) mean_columns<2>(values, width, x, tasks);
}

RFMAP_CLONES int count_at_least(const float* values, std::size_t n, float threshold) {
  int count = 0;
  for (std::size_t i = 0; i < n; ++i) count += values[i] >= threshold ? 1 : 0;
  return count;
}

/// Drawn images that reach the pixels of a class of rows, by class of columns.
std::vector<float> counts_of(const Stack& s, const Draws& drawn, const float* reaching) {
  std::vector<float> counts(std::size_t(s.column_classes()), 0);
  for (std::size_t i = 0; i < drawn.images.size(); ++i) {
    const int k = drawn.images[i];
    if (reaching[k] == 0) continue;
    const float* reached = &s.reached[std::size_t(k)];
    for (float& count : counts) {
      count += drawn.times[i] * *reached;
      reached += s.images;
    }
  }
  return counts;
}

/// One over the number of drawn images that reach a pixel, 0 where it does not count:
/// [class, width].
std::vector<float> inverse_counts(const Stack& s, const Draws& drawn) {
  std::vector<float> inverse(std::size_t(s.classes()) * s.width);
  for (int c = 0; c < s.classes(); ++c) {
    const auto counts = counts_of(s, drawn, &s.reaching[std::size_t(c) * s.images]);
    const float* countable = &s.countable[std::size_t(c) * s.width];
    float* to = &inverse[std::size_t(c) * s.width];
    for (int x = 0; x < s.width; ++x) {
      const float count = counts[std::size_t(s.column_class[x])];
      to[x] = count > 0 ? countable[x] / count : 0;
    }
  }
  return inverse;
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

/// Mean maps of a block of resamples and their peaks (0 where nothing is above 0).
struct Means {
  std::vector<float> maps;  ///< [resample, row, width]
  std::vector<float> peaks;
};

/// The block's resamples, row by row.
void mean_maps(const Stack& s, const std::vector<Draws>& drawn, Means& means) {
  std::vector<std::vector<float>> inverse;
  for (const Draws& draws : drawn) inverse.push_back(inverse_counts(s, draws));
  std::vector<float> largest(drawn.size() * kLanes, 0);
  means.maps.resize(drawn.size() * std::size_t(s.rows) * s.width);
  std::vector<RowTask> tasks(drawn.size());
  for (int row = 0; row < s.rows; ++row) {
    for (std::size_t b = 0; b < drawn.size(); ++b)
      tasks[b] = {&drawn[b], &inverse[b][std::size_t(s.row_class[row]) * s.width],
                  &means.maps[(b * s.rows + row) * s.width], &largest[b * kLanes]};
    mean_row(&s.values[row * s.row_size()], s.width, tasks);
  }
  means.peaks.clear();
  for (auto line = largest.begin(); line != largest.end(); line += kLanes)
    means.peaks.push_back(*std::max_element(line, line + kLanes));
}

/// Size of one mean map [rows, width]. Pixels that do not count hold 0, below any threshold.
float resample_size(const Stack& s, const float* mean, float peak, const AggregateRules& rules) {
  const std::size_t pixels = std::size_t(s.rows) * s.width;
  if (!(peak > 0)) return kNan;
  if (rules.size_rule == SizeRule::area) {
    const float threshold = float(rules.size_cut * peak);
    return std::sqrt(float(count_at_least(mean, pixels, threshold)));
  }
  std::vector<std::uint8_t> counted;
  for (int row = 0; row < s.rows; ++row)
    for (int x = 0; x < s.width; ++x)
      counted.push_back(s.countable[std::size_t(s.row_class[row]) * s.width + x] > 0);
  return size_by_rule({mean, pixels}, counted, {s.rows, s.width}, rules.size_rule, rules.size_cut);
}

/// Linear between the order statistics of sorted values.
float quantile(const std::vector<float>& sorted, double q) {
  const double position = q * double(sorted.size() - 1);
  const std::size_t below = std::size_t(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return float(sorted[below] + (position - double(below)) * (sorted[above] - sorted[below]));
}

/// Sorted sizes of all resamples that have one.
std::vector<float> resampled_sizes(const Stack& stack, std::span<const int> clusters,
                                   const AggregateRules& rules, const RandomStream& random) {
  std::vector<float> sizes;
  Means means;
  for (int first = 0; first < rules.resamples; first += kBlock) {
    std::vector<Draws> drawn;
    for (int b = 0; b < std::min(kBlock, rules.resamples - first); ++b)
      drawn.push_back(draw(clusters, random.seed, first + b, random.unit));
    mean_maps(stack, drawn, means);
    for (std::size_t b = 0; b < drawn.size(); ++b) {
      const float* mean = &means.maps[b * stack.rows * stack.width];
      const float size = resample_size(stack, mean, means.peaks[b], rules);
      if (!std::isnan(size)) sizes.push_back(size);
    }
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

/// What the resamples would read if each image were drawn once.
float own_reading(const Stack& stack, const AggregateRules& rules) {
  Draws once;
  for (int k = 0; k < stack.images; ++k) {
    once.images.push_back(k);
    once.times.push_back(1);
  }
  Means means;
  mean_maps(stack, {once}, means);
  return resample_size(stack, means.maps.data(), means.peaks.front(), rules);
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
  const Stack stack = make_stack(maps, counted, canvas, rules.border);
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
