#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/aggregate.h"

#include "core/bootstrap.h"
#include "core/philox.h"
#include "core/sizes.h"
#include "linear_unit.h"

namespace rfmap {

using namespace core;

namespace {

using test::flat_field;
using test::FlatUnit;

/// Units of one layer in K images: a flat field of random strength and size around 31, at random
/// locations (some at the border), with noise.
struct Drawn {
  Grid grid = make_grid({90, 90}, {11, 11}, {3, 3});
  Canvas canvas = make_canvas(flat_field(41, 41), grid, test::by_first(Deposit::center));
  std::vector<std::vector<float>> changes;
  std::vector<Centre> centres;

  Drawn(int images, unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < images; ++i) {
      const int side = 21 + 2 * int(random() % 11);
      const int centre_y = 10 + int(random() % 70), centre_x = 20 + int(random() % 50);
      const float strength = 0.2f + float(random() % 1000) / 1000;
      std::vector<float> change =
          FlatUnit{side, side, centre_y - side / 2, centre_x - side / 2}.change(grid);
      for (float& v : change) v = v * strength + float(random() % 100) / 50 - 1;
      changes.push_back(std::move(change));
      centres.push_back({double(centre_y), double(centre_x)});
    }
  }
  std::vector<ChangeMap> list() const {
    std::vector<ChangeMap> maps;
    for (std::size_t i = 0; i < changes.size(); ++i) maps.push_back({changes[i], centres[i]});
    return maps;
  }
  std::vector<Recentred> recentred(const AggregateRules& rules) const {
    std::vector<Recentred> out;
    for (const ChangeMap& map : list()) out.push_back(recentre(map, grid, canvas, rules));
    return out;
  }
};

/// One resample, pixel by pixel.
float naive_size(const std::vector<Recentred>& maps, const std::vector<float>& drawn,
                 const std::vector<std::uint8_t>& counted, const Canvas& canvas,
                 const AggregateRules& rules) {
  std::vector<float> mean(counted.size(), 0);
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x) {
      const std::size_t i = std::size_t(y) * canvas.width + x;
      double sum = 0, over = 0;
      for (std::size_t k = 0; k < maps.size(); ++k) {
        sum += drawn[k] * maps[k].values[i];
        over += drawn[k] * (rules.border == Border::zero || maps[k].reaches(y, x));
      }
      if (over > 0) mean[i] = float(sum / over);
    }
  return size_by_rule(mean, counted, canvas, rules.size_rule, rules.size_cut);
}

std::array<float, 2> naive_interval(const Drawn& d, const AggregateRules& rules,
                                    const RandomStream& random) {
  const std::vector<Recentred> maps = d.recentred(rules);
  const UnitField field = aggregate_unit(d.list(), d.grid, d.canvas, rules, random);
  std::vector<std::uint8_t> counted;
  for (std::uint16_t n : field.count)
    counted.push_back(rules.border == Border::zero || 2 * std::size_t(n) >= maps.size());
  std::vector<float> sizes;
  for (int b = 0; b < rules.resamples; ++b)
    sizes.push_back(naive_size(maps, draw_images(int(maps.size()), random.seed, b, random.unit),
                               counted, d.canvas, rules));
  std::sort(sizes.begin(), sizes.end());
  const auto quantile = [&](double q) {
    const double at = q * double(sizes.size() - 1), below = std::floor(at);
    return float(
        std::lerp(sizes[std::size_t(below)], sizes[std::size_t(std::ceil(at))], at - below));
  };
  // Shifted so that the resamples' mean is the size, and widened for the number of images.
  const double n = double(maps.size());
  const double t = std::map<int, double>{{6, 2.5706}, {7, 2.4469}, {25, 2.0639}}.at(int(n));
  const double wider = t / 1.959964 * n / (n - 1);
  double mean = 0;
  for (float size : sizes) mean += std::log(size) / double(sizes.size());
  const auto end = [&](double q) {
    return float(field.size * std::exp(wider * (std::log(quantile(q)) - mean)));
  };
  return {end(0.025), end(0.975)};
}

TEST(Bootstrap, AgreesWithResamplesTakenOneByOne) {
  int cases = 0;
  for (Border border : {Border::ignore, Border::zero})
    for (SizeRule rule : {SizeRule::area, SizeRule::radius50, SizeRule::box, SizeRule::gaussian})
      for (int images : {6, 7, 25}) {
        const Drawn d(images, unsigned(images));
        AggregateRules rules;
        rules.border = border;
        rules.size_rule = rule;
        rules.size_cut = 0.3;
        rules.resamples = 70;
        const UnitField unit = aggregate_unit(d.list(), d.grid, d.canvas, rules, {11, 5});
        const std::array<float, 2> expected = naive_interval(d, rules, {11, 5});
        // The sums are rounded differently: a pixel at the threshold may be on the other side. The
        // Gaussian's lattice starts at another pixel inside the hull of the counted pixels.
        const float tolerance = rule == SizeRule::gaussian ? 1.2f : 0.05f;
        EXPECT_NEAR(unit.interval[0], expected[0], tolerance) << images << " " << int(rule);
        EXPECT_NEAR(unit.interval[1], expected[1], tolerance) << images << " " << int(rule);
        ++cases;
      }
  EXPECT_EQ(cases, 24);
}

TEST(Bootstrap, TooFewImagesHaveNoInterval) {
  for (int images : {1, 2, 4}) {
    const Drawn d(images, 5);
    const UnitField unit = aggregate_unit(d.list(), d.grid, d.canvas, {}, {});
    EXPECT_TRUE(std::isnan(unit.interval[0]) && std::isnan(unit.interval[1])) << images;
    EXPECT_GT(unit.size, 0);
  }
}

/// Four crops each of six photographs: the interval is that of six images, not of 24.
TEST(Bootstrap, ImagesOfOneClusterAreOne) {
  const Drawn six(6, 3);
  std::vector<ChangeMap> copies, clustered;
  for (int copy = 0; copy < 4; ++copy)
    for (int i = 0; i < 6; ++i)
      copies.push_back({six.changes[std::size_t(i)], six.centres[std::size_t(i)]});
  clustered = copies;
  for (int i = 0; i < 24; ++i) clustered[std::size_t(i)].cluster = 100 + i % 6;
  const auto width = [&](const std::vector<ChangeMap>& maps) {
    const auto interval = aggregate_unit(maps, six.grid, six.canvas, {}, {}).interval;
    return interval[1] - interval[0];
  };
  EXPECT_NEAR(width(clustered), width(six.list()), 0.05);
  EXPECT_LT(width(copies), 0.7 * width(clustered));
}

TEST(Bootstrap, RepeatsAndDependsOnSeedAndUnit) {
  const Drawn d(12, 1);
  const auto interval = [&](std::uint64_t seed, int unit) {
    AggregateRules rules;
    rules.resamples = 50;
    return aggregate_unit(d.list(), d.grid, d.canvas, rules, {seed, unit}).interval;
  };
  EXPECT_EQ(interval(3, 4), interval(3, 4));
  EXPECT_NE(interval(3, 4), interval(4, 4));
  EXPECT_NE(interval(3, 4), interval(3, 5));
}

TEST(Bootstrap, IntervalsHoldTheSizeOfTheWholePopulation) {
  // Truth: the size over very many images; each unit sees 25 of the same kind.
  AggregateRules rules;
  rules.resamples = 200;
  const Drawn population(800, 99);
  AggregateRules once = rules;
  once.resamples = 1;
  const float truth =
      aggregate_unit(population.list(), population.grid, population.canvas, once, {}).size;
  int held = 0;
  for (unsigned unit = 0; unit < 60; ++unit) {
    const Drawn d(25, 1000 + unit);
    const UnitField field = aggregate_unit(d.list(), d.grid, d.canvas, rules, {0, int(unit)});
    EXPECT_LT(field.interval[0], field.interval[1]);
    EXPECT_LE(field.interval[0], field.size);
    held += field.interval[0] <= truth && truth <= field.interval[1];
  }
  EXPECT_GE(held, 48);  // 57 are expected, fewer for so few images
}

TEST(Bootstrap, DrawsAreUniform) {
  std::vector<double> total(7, 0);
  const int resamples = 3000;
  for (int b = 0; b < resamples; ++b) {
    const std::vector<float> drawn = draw_images(7, 42, b, 3);
    ASSERT_EQ(std::accumulate(drawn.begin(), drawn.end(), 0.f), 7);
    for (int i = 0; i < 7; ++i) total[i] += drawn[i];
  }
  const double deviation = std::sqrt(resamples * 7 * (1. / 7) * (6. / 7));
  for (double t : total) EXPECT_NEAR(t, resamples, 5 * deviation);
}

TEST(Bootstrap, FirstDrawIsAsDocumented) {
  const auto words = philox_block({8, 0, 3, 0x626f6f74}, {42, 0});
  std::vector<float> expected(5, 0);
  for (int i = 0; i < 4; ++i) expected[std::size_t(double(words[i]) / 4294967296.0 * 5)] += 1;
  const auto more = philox_block({8, 1, 3, 0x626f6f74}, {42, 0});
  expected[std::size_t(double(more[0]) / 4294967296.0 * 5)] += 1;
  EXPECT_EQ(draw_images(5, 42, 8, 3), expected);
}

}  // namespace
}  // namespace rfmap
