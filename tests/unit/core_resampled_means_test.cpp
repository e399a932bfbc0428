#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/bootstrap.h"
#include "core/mean_map.h"
#include "core/resampled_means.h"

namespace rfmap::core {
namespace {

/// Maps of a hill each, reached inside a rectangle each. Values are eighths, so that sums of some
/// of them are exact in any order.
struct Unit {
  Canvas canvas;
  Border border;
  std::vector<Recentred> maps;
  std::vector<std::uint8_t> counted;

  Unit(const Canvas& size, Border rule, int images, unsigned seed) : canvas(size), border(rule) {
    std::mt19937 random(seed);
    MapSum<double> sum(canvas);
    for (int k = 0; k < images; ++k) sum.add(maps.emplace_back(draw(random)));
    counted = counted_pixels(sum.mean(border).count, maps.size(), border);
  }

  Recentred draw(std::mt19937& random) const {
    Recentred map;
    map.rows.assign(std::size_t(canvas.height), 1);
    map.columns.assign(std::size_t(canvas.width), 1);
    for (int y = 0; y < int(random() % 9); ++y) map.rows[std::size_t(y)] = 0;
    for (int x = canvas.width - int(random() % 7); x < canvas.width; ++x)
      map.columns[std::size_t(x)] = 0;
    const int middle = int(random() % 5), strength = 20 + int(random() % 100);
    for (int y = 0; y < canvas.height; ++y)
      for (int x = 0; x < canvas.width; ++x) {
        const int far = std::abs(y - canvas.height / 2) + std::abs(x - canvas.width / 2 - middle);
        const int value = std::max(0, strength - 6 * far) + int(random() % 3) - 1;
        map.values.push_back(map.reaches(y, x) ? float(value) / 8 : 0);
      }
    return map;
  }

  /// One resample, pixel by pixel: [height, width], 0 where a pixel does not count.
  std::vector<float> plain_mean(const std::vector<float>& times) const {
    std::vector<float> mean(counted.size(), 0);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      double sum = 0, over = 0;
      for (std::size_t k = 0; k < maps.size(); ++k) {
        const int y = int(i) / canvas.width, x = int(i) % canvas.width;
        sum += double(times[k]) * maps[k].values[i];
        over += double(times[k]) * (border == Border::zero || maps[k].reaches(y, x));
      }
      if (counted[i] && over > 0) mean[i] = float(sum) * (1 / float(over));
    }
    return mean;
  }
};

struct Sample {
  std::vector<std::vector<float>> times;
  std::vector<Draws> drawn;

  Sample(int images, int resamples) {
    for (int b = 0; b < resamples; ++b) {
      times.push_back(draw_images(images, 5, b, 2));
      Draws draws;
      for (int k = 0; k < images; ++k)
        if (times.back()[std::size_t(k)] > 0) {
          draws.images.push_back(k);
          draws.times.push_back(times.back()[std::size_t(k)]);
        }
      drawn.push_back(draws);
    }
  }
};

std::vector<Unit> units() {
  std::vector<Unit> all;
  unsigned seed = 0;
  for (const Border border : {Border::ignore, Border::zero})
    for (const Canvas canvas : {Canvas{29, 29}, {37, 53}, {70, 141}})
      for (const int images : {2, 5, 25}) all.emplace_back(canvas, border, images, ++seed);
  return all;
}

/// Those that are at least the share of the peak, sorted.
std::vector<float> high(std::span<const float> mean, double cut, float peak) {
  std::vector<float> some;
  for (const float v : mean)
    if (v >= float(cut * peak)) some.push_back(v);
  std::ranges::sort(some);
  return some;
}

TEST(ResampledMeans, AreThoseOfPlainLoops) {
  int pixels = 0;
  for (const Unit& unit : units()) {
    const Sample sample(int(unit.maps.size()), 11);
    const MapStack stack = make_stack(unit.maps, unit.counted, unit.canvas, unit.border);
    ResampledMeans means;
    average_resamples(stack, sample.drawn, 0, means);
    for (std::size_t b = 0; b < sample.drawn.size(); ++b) {
      const std::vector<float> plain = unit.plain_mean(sample.times[b]);
      const float peak = *std::ranges::max_element(plain);
      EXPECT_EQ(means.peaks[b], peak);
      // Values in no other order than plain ones where they are not 0.
      std::vector<float> some, expected;
      for (const float v : means.of(b))
        if (v != 0) some.push_back(v);
      for (const float v : plain)
        if (v != 0) expected.push_back(v);
      EXPECT_EQ(some, expected);
      pixels += int(some.size());
    }
  }
  EXPECT_GT(pixels, 100'000);
}

TEST(ResampledMeans, WithoutWhatIsBelowTheCutTheRestIsTheSame) {
  std::size_t left_out = 0;
  for (const Unit& unit : units())
    for (const double cut : {0.02, 0.1, 0.5, 0.95}) {
      const Sample sample(int(unit.maps.size()), 8);
      const MapStack stack = make_stack(unit.maps, unit.counted, unit.canvas, unit.border);
      ResampledMeans all, cut_off;
      average_resamples(stack, sample.drawn, 0, all);
      average_resamples(stack, sample.drawn, cut, cut_off);
      EXPECT_EQ(all.peaks, cut_off.peaks);
      for (std::size_t b = 0; b < sample.drawn.size(); ++b)
        EXPECT_EQ(high(all.of(b), cut, all.peaks[b]), high(cut_off.of(b), cut, all.peaks[b]));
      left_out += all.values - cut_off.values;
    }
  EXPECT_GT(left_out, 50'000u);
}

}  // namespace
}  // namespace rfmap::core
