#include "core/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>

#include "core/philox.h"
#include "core/sizes.h"

// The machine's vector width is chosen at run time; results repeat on one kind of machine.
#if defined(__x86_64__) && defined(__gnu_linux__)
#define RFMAP_CLONES __attribute__((target_clones("arch=haswell", "default")))
#else
#define RFMAP_CLONES
#endif

namespace rfmap {
namespace {

constexpr int kTogether = 4;  ///< resamples in registers at once
constexpr int kBlock = 16;    ///< resamples for which the maps are read once
constexpr int kLanes = 8;
constexpr int kTile = 2 * kLanes;
using Lanes = float __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

/// The K maps inside the hull of the pixels that count, rows padded to whole tiles with zeros.
struct Stack {
  int images = 0, rows = 0, width = 0;
  int first_row = 0, first_column = 0, columns = 0;
  std::vector<float> values;     ///< [row, image, width]
  std::vector<int> row_class;    ///< [row] rows that the same images reach have one class
  std::vector<float> reaching;   ///< [class, image] 1 where the image reaches the rows
  std::vector<float> reached;    ///< [image, width] 1 where it reaches the column
  std::vector<float> countable;  ///< [class, width] 1 where the pixel counts
  std::size_t row_size() const { return std::size_t(images) * width; }
  int classes() const { return int(reaching.size()) / images; }
};

Rect counted_hull(std::span<const std::uint8_t> counted, const Canvas& canvas) {
  Rect hull{canvas.height, canvas.width, 0, 0};
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x)
      if (counted[std::size_t(y) * canvas.width + x])
        hull = {std::min(hull.y0, y), std::min(hull.x0, x), std::max(hull.y1, y + 1),
                std::max(hull.x1, x + 1)};
  return hull;
}

/// Groups the rows by the images that reach them. With Border::zero all do.
void classify_rows(Stack& s, const std::vector<Recentred>& maps, Border border,
                   std::span<const std::uint8_t> counted, int canvas_width) {
  std::map<std::vector<float>, int> known;
  for (int row = 0; row < s.rows; ++row) {
    std::vector<float> pattern;
    for (const Recentred& map : maps)
      pattern.push_back(border == Border::zero || map.rows[s.first_row + row] ? 1.f : 0.f);
    const auto [entry, is_new] = known.try_emplace(pattern, int(known.size()));
    s.row_class.push_back(entry->second);
    if (!is_new) continue;
    s.reaching.insert(s.reaching.end(), pattern.begin(), pattern.end());
    for (int x = 0; x < s.width; ++x) {
      const std::size_t i = std::size_t(s.first_row + row) * canvas_width + s.first_column + x;
      s.countable.push_back(x < s.columns && counted[i] ? 1.f : 0.f);
    }
  }
}

Stack make_stack(const std::vector<Recentred>& maps, std::span<const std::uint8_t> counted,
                 const Canvas& canvas, Border border) {
  const Rect hull = counted_hull(counted, canvas);
  Stack s;
  s.images = int(maps.size());
  s.rows = hull.y1 - hull.y0;
  s.columns = hull.x1 - hull.x0;
  s.width = (s.columns + kTile - 1) / kTile * kTile;
  s.first_row = hull.y0;
  s.first_column = hull.x0;
  s.values.assign(s.rows * s.row_size(), 0);
  s.reached.assign(s.row_size(), 0);
  for (int k = 0; k < s.images; ++k) {
    for (int row = 0; row < s.rows; ++row) {
      const float* from = &maps[k].values[std::size_t(hull.y0 + row) * canvas.width + hull.x0];
      std::copy(from, from + s.columns, &s.values[row * s.row_size() + std::size_t(k) * s.width]);
    }
    for (int x = 0; x < s.columns; ++x)
      s.reached[std::size_t(k) * s.width + x] =
          border == Border::zero || maps[k].columns[hull.x0 + x] ? 1.f : 0.f;
  }
  classify_rows(s, maps, border, counted, canvas.width);
  return s;
}

/// sums[r, x] = sum over images of weights[image, r] * values[image, x], r < kTogether.
RFMAP_CLONES void weighted_sums(const float* values, const float* weights, int images, int width,
                                float* sums) {
  for (int x = 0; x < width; x += kTile) {
    Lanes a[kTogether] = {}, b[kTogether] = {};
    for (int k = 0; k < images; ++k) {
      const float* v = values + std::size_t(k) * width + x;
      const Lanes v0 = *reinterpret_cast<const Lanes*>(v);
      const Lanes v1 = *reinterpret_cast<const Lanes*>(v + kLanes);
      for (int r = 0; r < kTogether; ++r) {
        a[r] += weights[k * kTogether + r] * v0;
        b[r] += weights[k * kTogether + r] * v1;
      }
    }
    for (int r = 0; r < kTogether; ++r) {
      *reinterpret_cast<Lanes*>(sums + std::size_t(r) * width + x) = a[r];
      *reinterpret_cast<Lanes*>(sums + std::size_t(r) * width + x + kLanes) = b[r];
    }
  }
}

RFMAP_CLONES void multiply(float* values, const float* factors, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) values[i] *= factors[i];
}

RFMAP_CLONES float peak_of(const float* values, std::size_t n) {
  float lanes[kTile] = {};
  for (std::size_t i = 0; i < n; i += kTile)
    for (int j = 0; j < kTile; ++j) lanes[j] = values[i + j] > lanes[j] ? values[i + j] : lanes[j];
  return *std::max_element(lanes, lanes + kTile);
}

RFMAP_CLONES int count_at_least(const float* values, std::size_t n, float threshold) {
  int count = 0;
  for (std::size_t i = 0; i < n; ++i) count += values[i] >= threshold ? 1 : 0;
  return count;
}

/// One over the number of drawn images that reach a pixel, 0 where it does not count:
/// [class, r, width].
std::vector<float> inverse_counts(const Stack& s, const std::vector<float>& weights) {
  const std::size_t stride = std::size_t(kTogether) * s.width;
  std::vector<float> inverse(s.classes() * stride), reaching(weights.size());
  for (int c = 0; c < s.classes(); ++c) {
    for (int k = 0; k < s.images; ++k)
      for (int r = 0; r < kTogether; ++r)
        reaching[k * kTogether + r] =
            weights[k * kTogether + r] * s.reaching[std::size_t(c) * s.images + k];
    float* to = &inverse[c * stride];
    weighted_sums(s.reached.data(), reaching.data(), s.images, s.width, to);
    for (std::size_t i = 0; i < stride; ++i)
      to[i] = to[i] > 0 ? s.countable[std::size_t(c) * s.width + i % s.width] / to[i] : 0;
  }
  return inverse;
}

/// Draws of kTogether resamples: [image, r].
std::vector<float> draw_together(const Stack& s, const AggregateRules& rules, int first, int unit) {
  std::vector<float> weights(std::size_t(s.images) * kTogether);
  for (int r = 0; r < kTogether; ++r) {
    const std::vector<float> drawn = draw_images(s.images, rules.seed, first + r, unit);
    for (int k = 0; k < s.images; ++k) weights[k * kTogether + r] = drawn[k];
  }
  return weights;
}

/// Mean maps of kBlock resamples from `first` on: [resample, row, width]. Row by row, so that a
/// row of all images stays in the cache for all resamples.
void mean_maps(const Stack& s, const AggregateRules& rules, int first, int unit,
               std::vector<float>& means) {
  const std::size_t stride = std::size_t(kTogether) * s.width;
  std::vector<std::vector<float>> weights, inverse;
  for (int b = 0; b < kBlock; b += kTogether) {
    weights.push_back(draw_together(s, rules, first + b, unit));
    inverse.push_back(inverse_counts(s, weights.back()));
  }
  std::vector<float> sums(stride);
  means.resize(std::size_t(kBlock) * s.rows * s.width);
  for (int row = 0; row < s.rows; ++row)
    for (int b = 0; b < kBlock; b += kTogether) {
      weighted_sums(&s.values[row * s.row_size()], weights[b / kTogether].data(), s.images, s.width,
                    sums.data());
      multiply(sums.data(), &inverse[b / kTogether][s.row_class[row] * stride], stride);
      for (int r = 0; r < kTogether; ++r)
        std::copy_n(&sums[std::size_t(r) * s.width], s.width,
                    &means[(std::size_t(b + r) * s.rows + row) * s.width]);
    }
}

/// Size of one mean map [rows, width]. Pixels that do not count hold 0, below any threshold.
float resample_size(const Stack& s, const float* mean, const AggregateRules& rules) {
  const std::size_t pixels = std::size_t(s.rows) * s.width;
  if (rules.size_rule == SizeRule::area) {
    const float peak = peak_of(mean, pixels);
    if (!(peak > 0)) return std::numeric_limits<float>::quiet_NaN();
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

std::array<float, 2> bootstrap_interval(const std::vector<Recentred>& maps,
                                        std::span<const std::uint8_t> counted, const Canvas& canvas,
                                        const AggregateRules& rules, int unit) {
  constexpr int kDearResamples = 200;
  const int resamples = rules.size_rule == SizeRule::area
                            ? rules.resamples
                            : std::min(rules.resamples, kDearResamples);
  const Stack stack = make_stack(maps, counted, canvas, rules.border);
  std::vector<float> sizes, means;
  for (int first = 0; first < resamples; first += kBlock) {
    mean_maps(stack, rules, first, unit, means);
    for (int b = 0; b < std::min(kBlock, resamples - first); ++b) {
      const float* mean = &means[std::size_t(b) * stack.rows * stack.width];
      const float size = resample_size(stack, mean, rules);
      if (!std::isnan(size)) sizes.push_back(size);
    }
  }
  if (sizes.empty()) {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    return {kNan, kNan};
  }
  std::sort(sizes.begin(), sizes.end());
  return {quantile(sizes, 0.025), quantile(sizes, 0.975)};
}

}  // namespace rfmap
