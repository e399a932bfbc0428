#include "core/resampled_means.h"

#include <algorithm>
#include <cstdint>

#include "core/clones.h"

namespace rfmap::core {
namespace {

constexpr int kTileRows = MapStack::kTileRows, kTileColumns = MapStack::kTileColumns;

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

/// What one resample makes of some columns of a row.
struct RowTask {
  const Draws* draws = nullptr;
  const float* factors = nullptr;  ///< of the row
  float* means = nullptr;          ///< of the first column
  float* largest = nullptr;        ///< [kLanes] so far
};

/// Columns of a row, a multiple of kLanes.
struct Columns {
  int begin = 0, end = 0;
  int count() const { return end - begin; }
};

/// means = sums * factors for kVectors * 8 columns, `at` columns behind the first.
template <int kVectors>
[[gnu::always_inline]] inline void mean_columns(const float* values, int width, Columns columns,
                                                int at, std::span<const RowTask> tasks) {
  for (const RowTask& task : tasks) {
    Lanes sums[kVectors];
    const int x = columns.begin + at;
    weighted_sums(values + x, *task.draws, width, sums);
    Lanes largest = lanes(task.largest);
    for (int v = 0; v < kVectors; ++v) {
      const Lanes mean = sums[v] * lanes(task.factors + x + v * kLanes);
      lanes(task.means + at + v * kLanes) = mean;
      largest = mean > largest ? mean : largest;
    }
    lanes(task.largest) = largest;
  }
}

/// All resamples of a block take some columns before the next ones, so that these columns of all
/// images stay in the first cache.
RFMAP_CLONES void mean_row(const float* values, int width, Columns columns,
                           std::span<const RowTask> tasks) {
  int at = 0;
  for (; at + 8 * kLanes <= columns.count(); at += 8 * kLanes)
    mean_columns<8>(values, width, columns, at, tasks);
  if (at + 4 * kLanes <= columns.count()) {
    mean_columns<4>(values, width, columns, at, tasks);
    at += 4 * kLanes;
  }
  if (at + 2 * kLanes <= columns.count()) {
    mean_columns<2>(values, width, columns, at, tasks);
    at += 2 * kLanes;
  }
  if (at < columns.count()) mean_columns<1>(values, width, columns, at, tasks);
}

/// One over the number of drawn images that reach the pixels of a class of rows, 0 where these do
/// not count: [column class].
std::vector<float> inverse_counts(const MapStack& s, const Draws& drawn, int row_class) {
  std::vector<float> counts(std::size_t(s.column_classes()), 0);
  const float* reaching = &s.reaching[std::size_t(row_class) * s.images];
  for (std::size_t i = 0; i < drawn.images.size(); ++i) {
    const int k = drawn.images[i];
    if (reaching[k] == 0) continue;
    const float* reached = &s.reached[std::size_t(k)];
    for (std::size_t c = 0; c < counts.size(); ++c)
      counts[c] += drawn.times[i] * reached[c * std::size_t(s.images)];
  }
  const float* countable = &s.countable[std::size_t(row_class) * s.column_classes()];
  for (std::size_t c = 0; c < counts.size(); ++c)
    counts[c] = counts[c] > 0 ? countable[c] / counts[c] : 0;
  return counts;
}

/// By what one resample multiplies its sums.
struct Factors {
  std::vector<float> of_pixels;  ///< [class, width]
  std::vector<float> of_tiles;   ///< the largest in a tile: [class, tile_width]
};

Factors factors_of(const MapStack& s, const Draws& drawn) {
  Factors factors;
  factors.of_pixels.resize(std::size_t(s.classes()) * s.width);
  factors.of_tiles.resize(std::size_t(s.classes()) * s.tile_width, 0);
  for (int c = 0; c < s.classes(); ++c) {
    const std::vector<float> inverse = inverse_counts(s, drawn, c);
    float* pixels = &factors.of_pixels[std::size_t(c) * s.width];
    float* tiles = &factors.of_tiles[std::size_t(c) * s.tile_width];
    for (const MapStack::Run& run : s.runs) {
      const float factor = inverse[std::size_t(run.column_class)];
      std::fill(pixels + run.begin, pixels + run.end, factor);
      for (int tile = run.begin / kTileColumns; tile * kTileColumns < run.end; ++tile)
        tiles[tile] = std::max(tiles[tile], factor);
    }
  }
  return factors;
}

/// The resamples of a block at work.
struct Block {
  const MapStack& stack;
  std::span<const Draws> drawn;
  std::vector<Factors> factors{};  ///< by resample
  std::vector<float> largest{};    ///< [resample, kLanes]

  Block(const MapStack& s, std::span<const Draws> draws) : stack(s), drawn(draws) {
    for (const Draws& one : drawn) factors.push_back(factors_of(s, one));
    largest.assign(drawn.size() * kLanes, 0);
  }
  std::size_t class_of(int row) const { return std::size_t(stack.row_class[std::size_t(row)]); }
  float peak(std::size_t b) const {
    const auto line = largest.begin() + std::ptrdiff_t(b * kLanes);
    return *std::max_element(line, line + kLanes);
  }
  /// Resample b's means go to means + b * step.
  void take(int row, Columns columns, float* means, std::size_t step) {
    tasks_.resize(drawn.size());
    for (std::size_t b = 0; b < drawn.size(); ++b)
      tasks_[b] = {&drawn[b], &factors[b].of_pixels[class_of(row) * stack.width], means + b * step,
                   &largest[b * kLanes]};
    mean_row(stack.row(row), stack.width, columns, tasks_);
  }

 private:
  std::vector<RowTask> tasks_{};
};

/// Rows of a row of tiles.
struct Rows {
  int begin = 0, end = 0;
};
Rows rows_of(const MapStack& s, int tile_row) {
  return {tile_row * kTileRows, std::min((tile_row + 1) * kTileRows, s.rows)};
}

/// Largest factor in each tile: [tile row, tile_width].
std::vector<float> tile_factors(const Block& block, std::size_t b) {
  const MapStack& s = block.stack;
  std::vector<float> most(std::size_t(s.tile_rows()) * s.tile_width, 0);
  for (int row = 0; row < s.rows; ++row) {
    if (row % kTileRows > 0 && block.class_of(row) == block.class_of(row - 1)) continue;
    const float* from = &block.factors[b].of_tiles[block.class_of(row) * s.tile_width];
    float* to = &most[std::size_t(row / kTileRows) * s.tile_width];
    for (int x = 0; x < s.tile_width; ++x) to[x] = std::max(to[x], from[x]);
  }
  return most;
}

/// No mean in a tile is above its bound, but for rounding: the sum of the images' peaks times the
/// largest factor. [resample][tile row, tile_width].
std::vector<std::vector<float>> tile_bounds(const Block& block) {
  const MapStack& s = block.stack;
  const std::size_t tiles = std::size_t(s.tile_rows()) * s.tile_width;
  std::vector<std::vector<float>> bounds(block.drawn.size(), std::vector<float>(tiles));
  for (std::size_t b = 0; b < block.drawn.size(); ++b) {
    const std::vector<float> factors = tile_factors(block, b);
    float unused[kLanes] = {};
    for (int y = 0; y < s.tile_rows(); ++y) {
      const std::size_t first = std::size_t(y) * s.tile_width;
      const RowTask task{&block.drawn[b], &factors[first], &bounds[b][first], unused};
      mean_row(s.tile_row(y), s.tile_width, {0, s.tile_width}, {&task, 1});
    }
  }
  return bounds;
}

std::size_t place_of_largest(const std::vector<float>& values) {
  float most = values.front();  // its place is another loop: so the first is a plain maximum
  for (const float value : values) most = value > most ? value : most;
  return std::size_t(std::ranges::find(values, most) - values.begin());
}

/// Finds peaks that each resample has at least: those of the tiles with the largest bounds.
void find_high_peaks(Block& block, const std::vector<std::vector<float>>& bounds) {
  const MapStack& s = block.stack;
  std::vector<std::size_t> tiles;
  for (const std::vector<float>& of_resample : bounds)
    tiles.push_back(place_of_largest(of_resample));
  std::ranges::sort(tiles);
  tiles.erase(std::unique(tiles.begin(), tiles.end()), tiles.end());
  std::vector<float> unused(block.drawn.size() * kTileColumns);
  for (const std::size_t tile : tiles) {
    const int y = int(tile) / s.tile_width, x = int(tile) % s.tile_width * kTileColumns;
    if (x >= s.width) continue;
    for (int row = rows_of(s, y).begin; row < rows_of(s, y).end; ++row)
      block.take(row, {x, x + kTileColumns}, unused.data(), kTileColumns);
  }
}

/// Tiles that may hold a pixel of `cut` times some resample's peak: 1 or 0, [tile row, tile_width].
std::vector<std::uint8_t> tiles_that_count(Block& block, double cut) {
  const MapStack& s = block.stack;
  std::vector<std::uint8_t> counts(std::size_t(s.tile_rows()) * s.tile_width, cut > 0 ? 0 : 1);
  if (!(cut > 0)) return counts;
  constexpr float kRounding = 1.001f;
  const std::vector<std::vector<float>> bounds = tile_bounds(block);
  find_high_peaks(block, bounds);
  for (std::size_t b = 0; b < block.drawn.size(); ++b) {
    const float threshold = float(cut * block.peak(b));
    for (std::size_t tile = 0; tile < counts.size(); ++tile)
      counts[tile] |= std::uint8_t(bounds[b][tile] * kRounding >= threshold);
  }
  return counts;
}

/// Neighbouring columns of a row of tiles that count.
std::vector<Columns> columns_that_count(const MapStack& s, const std::uint8_t* counts) {
  std::vector<Columns> found;
  for (int tile = 0; tile < s.tile_columns(); ++tile) {
    if (!counts[tile]) continue;
    const int x = tile * kTileColumns;
    if (found.empty() || found.back().end < x) found.push_back({x, x});
    found.back().end = x + kTileColumns;
  }
  return found;
}

}  // namespace

void average_resamples(const MapStack& s, std::span<const Draws> drawn, double cut,
                       ResampledMeans& means) {
  Block block(s, drawn);
  const std::vector<std::uint8_t> counts = tiles_that_count(block, cut);
  std::vector<std::vector<Columns>> columns;
  means.values = 0;
  for (int y = 0; y < s.tile_rows(); ++y) {
    columns.push_back(columns_that_count(s, &counts[std::size_t(y) * s.tile_width]));
    for (const Columns& some : columns.back())
      means.values += std::size_t(rows_of(s, y).end - rows_of(s, y).begin) * some.count();
  }
  means.maps.resize(drawn.size() * means.values);
  float* to = means.maps.data();
  for (int y = 0; y < s.tile_rows(); ++y)
    for (int row = rows_of(s, y).begin; row < rows_of(s, y).end; ++row)
      for (const Columns& some : columns[std::size_t(y)]) {
        block.take(row, some, to, means.values);
        to += some.count();
      }
  means.peaks.clear();
  for (std::size_t b = 0; b < drawn.size(); ++b) means.peaks.push_back(block.peak(b));
}

}  // namespace rfmap::core
