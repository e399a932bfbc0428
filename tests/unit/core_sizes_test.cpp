#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/aggregate.h"

#include "core/sizes.h"
#include "linear_unit.h"

namespace rfmap {

using namespace core;

namespace {

/// A map drawn from a function of the offsets from the centre; all pixels count.
struct Drawn {
  Canvas canvas;
  std::vector<float> map;
  std::vector<std::uint8_t> counted;

  Drawn(Canvas size, const std::function<double(double, double)>& value) : canvas(size) {
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x)
        map.push_back(float(value(y - (size.height - 1) / 2.0, x - (size.width - 1) / 2.0)));
    counted.assign(map.size(), 1);
  }
  Sizes sizes(double cut = 0.1) const { return measure_sizes(map, counted, canvas, cut); }
};

/// Measured sizes of a flat field: side, then the sizes at thresholds 0.5, 0.25, 0.1.
struct Reading {
  int side;
  double cut50, cut25, cut10;
};

// Counted in whole pixels with an 11 x 11 occluder at every pixel, to the decimal printed.
const std::vector<Reading> kReadings = {{19, 17.7, 22.9, 26.1},
                                        {67, 66.6, 72.3, 74.7},
                                        {99, 98.8, 104.5, 106.8},
                                        {131, 130.8, 136.6, 138.8},
                                        {195, 194.9, 200.8, 202.9}};

float flat_reading(int side, int stride, double cut, AggregateRules rules = {}) {
  const Grid grid = make_grid({227, 227}, {11, 11}, {stride, stride});
  rules.size_cut = cut;
  return size_flat({double(side), double(side)}, grid, rules);
}

TEST(SizeFlat, ReadsTheSyntheticTruthWithAnOccluderAtEveryPixel) {
  for (const Reading& r : kReadings) {
    EXPECT_NEAR(flat_reading(r.side, 1, 0.5), r.cut50, 0.05) << r.side;
    EXPECT_NEAR(flat_reading(r.side, 1, 0.25), r.cut25, 0.05) << r.side;
    EXPECT_NEAR(flat_reading(r.side, 1, 0.1), r.cut10, 0.05) << r.side;
  }
}

TEST(SizeFlat, BilinearBetweenStridesOfThreeStaysClose) {
  for (const Reading& r : kReadings) {
    EXPECT_NEAR(flat_reading(r.side, 3, 0.5), r.cut50, 1) << r.side;
    EXPECT_NEAR(flat_reading(r.side, 3, 0.25), r.cut25, 1) << r.side;
    EXPECT_NEAR(flat_reading(r.side, 3, 0.1), r.cut10, 2) << r.side;
  }
}

TEST(SizeFlat, OnePixelReadsItsOccluder) {
  EXPECT_EQ(flat_reading(1, 1, 0.1), 11);
  AggregateRules box;
  box.size_rule = SizeRule::box;
  EXPECT_EQ(flat_reading(1, 1, 0.1, box), 11);
  // With footprints the unit's pixel is the only one that all of its occluders cover.
  AggregateRules footprint;
  footprint.deposit = Deposit::footprint;
  EXPECT_EQ(flat_reading(1, 1, 0.999, footprint), 1);
}

TEST(SizeFlat, AveragesOverAtMostFourPhases) {
  // Nearest, stride 8, one pixel field and 4 x 4 occluder: only the phases whose occluder covers
  // the field measure it, so the others are NaN and must not be hidden.
  const Grid grid = make_grid({64, 64}, {4, 4}, {8, 8});
  EXPECT_TRUE(std::isnan(size_flat({1, 1}, grid, {})));
  const Grid dense = make_grid({64, 64}, {9, 9}, {5, 5});
  AggregateRules nearest;
  nearest.upsample = Upsample::nearest;
  // Each phase: one or two occluders per axis cover the pixel, each counts as 5 pixels of the side.
  const float size = size_flat({1, 1}, dense, nearest);
  EXPECT_GE(size, 5);
  EXPECT_LE(size, 10);
}

TEST(MeasureSizes, DiscHasItsRadii) {
  const double radius = 40;
  const Drawn disc({101, 101}, [&](double y, double x) { return std::hypot(y, x) <= radius; });
  const Sizes s = disc.sizes();
  EXPECT_NEAR(s.cut10, std::sqrt(std::numbers::pi) * radius, 0.2);
  EXPECT_EQ(s.cut10, s.cut50);
  EXPECT_NEAR(s.radius50, radius * std::sqrt(0.5), 0.3);
  EXPECT_NEAR(s.radius90, radius * std::sqrt(0.9), 0.3);
  EXPECT_EQ(s.box, (std::array<float, 4>{-40, -40, 40, 40}));
  EXPECT_EQ(chosen_size(s, SizeRule::box, 0.1), 81);
  EXPECT_EQ(chosen_size(s, SizeRule::radius90, 0.1), 2 * s.radius90);
}

TEST(MeasureSizes, RadiiAreAboutTheCentroid) {
  const double sigma = 6;
  const Drawn bell({121, 141}, [&](double y, double x) {
    return 3 * std::exp(-0.5 * (std::pow(y - 7.25, 2) + std::pow(x + 11, 2)) / (sigma * sigma));
  });
  const Sizes s = bell.sizes(0.25);
  EXPECT_NEAR(s.radius50, sigma * std::sqrt(2 * std::log(2.0)), 0.1);
  EXPECT_NEAR(s.radius90, sigma * std::sqrt(2 * std::log(10.0)), 0.1);
  const double area = 2 * std::numbers::pi * std::log(4.0) * sigma * sigma;
  EXPECT_NEAR(s.cut, std::sqrt(area), 0.3);
  EXPECT_NEAR(chosen_size(s, SizeRule::gaussian, 0.25), std::sqrt(area), 1e-3);
}

TEST(MeasureSizes, OnePixelAndNegativesAndWhatDoesNotCount) {
  Drawn map({9, 8}, [](double y, double x) { return y == 1 && x == -0.5 ? 2 : -5; });
  const Sizes s = map.sizes();
  EXPECT_EQ(s.cut10, 1);
  EXPECT_EQ(s.radius90, 0);
  EXPECT_EQ(s.box, (std::array<float, 4>{1, -0.5f, 1, -0.5f}));
  map.counted[5 * 8 + 3] = 0;
  EXPECT_TRUE(std::isnan(map.sizes().cut10));
  EXPECT_TRUE(std::isnan(map.sizes().box[0]));
  EXPECT_TRUE(std::isnan(map.sizes().gaussian.parameters[0]));
}

struct Bell {
  double amplitude, dy, dx, major, minor, angle;
  double operator()(double y, double x) const {
    const double c = std::cos(angle), s = std::sin(angle);
    const double along = c * (x - dx) + s * (y - dy), across = -s * (x - dx) + c * (y - dy);
    return amplitude * std::exp(-0.5 * (std::pow(along / major, 2) + std::pow(across / minor, 2)));
  }
};

TEST(Gaussian, RecoversKnownBells) {
  const double pi = std::numbers::pi;
  const std::vector<Bell> bells = {{1, 0, 0, 10, 6, 0},       {250, 3.5, -7, 14, 5, pi / 6},
                                   {1e-3, -9, 4, 8, 7, -1.2}, {5, 0, 12, 20, 12, pi / 2},
                                   {1, 20, 20, 3, 1.5, 0.7},  {2, 0, 0, 30, 29, 1}};
  for (const Canvas canvas : {Canvas{91, 91}, Canvas{130, 205}})
    for (const Bell& bell : bells) {
      SCOPED_TRACE(bell.angle);
      const Gaussian g = Drawn(canvas, bell).sizes().gaussian;
      EXPECT_NEAR(g.parameters[0], bell.amplitude, 1e-3 * bell.amplitude);
      EXPECT_NEAR(g.parameters[1], bell.dy, 1e-2);
      EXPECT_NEAR(g.parameters[2], bell.dx, 1e-2);
      EXPECT_NEAR(g.parameters[3], bell.major, 1e-2);
      EXPECT_NEAR(g.parameters[4], bell.minor, 1e-2);
      EXPECT_NEAR(std::sin(g.parameters[5] - bell.angle), 0, 1e-2);  // an axis has no direction
      EXPECT_GT(g.r2, 0.9999);
    }
}

TEST(Gaussian, RoundBellsNeedNoAngle) {
  const Gaussian g = Drawn({61, 61}, Bell{1, 0, 0, 7, 7, 0}).sizes().gaussian;
  EXPECT_NEAR(g.parameters[3], 7, 1e-3);
  EXPECT_NEAR(g.parameters[4], 7, 1e-3);
}

TEST(Gaussian, ExplainedVarianceFallsWithWhatIsNotABell) {
  // r2 against its definition: the added residual is known and far from the Gaussian.
  const Bell bell{1, 0, -20, 6, 4, 0.5};
  const Drawn map({81, 121},
                  [&](double y, double x) { return std::hypot(y, x - 45) < 4 ? 0.3 : bell(y, x); });
  double mean = 0, total = 0, residual = 0;
  for (float v : map.map) mean += v / double(map.map.size());
  for (float v : map.map) total += (v - mean) * (v - mean);
  for (int y = 0; y < 81; ++y)
    for (int x = 0; x < 121; ++x) {
      const double r = map.map[std::size_t(y) * 121 + x] - bell(y - 40.0, x - 60.0);
      residual += r * r;
    }
  const Gaussian g = map.sizes().gaussian;
  EXPECT_NEAR(g.r2, 1 - residual / total, 1e-3);
  EXPECT_LT(g.r2, 0.97);
}

TEST(Gaussian, FailsWithNanWhereThereIsNoBell) {
  const Drawn slope({41, 41}, [](double y, double) { return 100 + y; });
  EXPECT_TRUE(std::isnan(slope.sizes().gaussian.parameters[3]));
  EXPECT_TRUE(std::isnan(slope.sizes().gaussian.r2));
  EXPECT_GT(slope.sizes().cut50, 0);
}

TEST(Truncated, IsTheShareOfTheContourBesidePixelsThatDoNotCount) {
  // A square of 6 x 6 above the threshold; its rightmost column borders pixels that do not count.
  Drawn map({12, 12}, [](double y, double x) { return std::fabs(y) < 3 && std::fabs(x) < 3; });
  EXPECT_EQ(truncated_share(map.map, map.counted, map.canvas, 0.1), 0);
  for (int y = 0; y < 12; ++y)
    for (int x = 9; x < 12; ++x) map.counted[y * 12 + x] = 0;
  EXPECT_FLOAT_EQ(truncated_share(map.map, map.counted, map.canvas, 0.1), 6.f / 20);
  const Drawn full({5, 5}, [](double, double) { return 1; });  // the canvas ends, not the field
  EXPECT_EQ(truncated_share(full.map, full.counted, full.canvas, 0.1), 0);
}

TEST(SizeByRule, AgreesWithTheFullMeasurement) {
  const Drawn map({77, 77}, Bell{4, 2, -3, 12, 8, 0.4});
  const Sizes s = map.sizes(0.2);
  for (SizeRule rule :
       {SizeRule::area, SizeRule::radius50, SizeRule::radius90, SizeRule::gaussian, SizeRule::box})
    EXPECT_NEAR(size_by_rule(map.map, map.counted, map.canvas, rule, 0.2),
                chosen_size(s, rule, 0.2), 1e-2);
}

}  // namespace
}  // namespace rfmap
