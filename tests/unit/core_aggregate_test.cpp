#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/aggregate.h"

#include "linear_unit.h"
#include "near.h"

namespace rfmap {
namespace {

using test::by_first;
using test::flat_field;
using test::FlatUnit;

AggregateRules quick() {
  AggregateRules rules;
  rules.resamples = 32;
  return rules;
}

/// Maps of one unit in several images, with its field at different locations.
struct Maps {
  std::vector<std::vector<float>> changes;
  std::vector<Centre> centres;

  void add(const FlatUnit& unit, const Grid& grid) { add(unit.change(grid), unit.centre()); }
  void add(std::vector<float> change, Centre centre) {
    changes.push_back(std::move(change));
    centres.push_back(centre);
  }
  std::vector<ChangeMap> list() const {
    std::vector<ChangeMap> maps;
    for (std::size_t i = 0; i < changes.size(); ++i) maps.push_back({changes[i], centres[i]});
    return maps;
  }
};

/// Offset of a canvas pixel from the unit's centre.
double offset(int index, int side) { return index - (side - 1) / 2.0; }

/// Overlap of a side of the flat field with an occluder whose centre is at `distance` from its own.
double shared(double distance, int field, int occluder) {
  const double lo = std::max(-field / 2.0, distance - occluder / 2.0);
  return std::max(0.0, std::min(field / 2.0, distance + occluder / 2.0) - lo);
}

std::vector<float> random_change(const Grid& grid, std::mt19937& random) {
  std::vector<float> values;
  for (int i = 0; i < grid.positions(); ++i) values.push_back(float(random() % 2001) / 1000.f - 1);
  return values;
}

TEST(MakeCanvas, SidesFollowFieldOccluderDepositAndParity) {
  const Grid grid = make_grid({227, 227}, {11, 11}, {3, 3});
  const Canvas odd = make_canvas(flat_field(195, 19), grid, by_first(Deposit::center));
  EXPECT_EQ(odd.height, 205);
  EXPECT_EQ(odd.width, 29);
  EXPECT_EQ(make_canvas(flat_field(19, 19), grid, by_first(Deposit::footprint)).height, 39);
  EXPECT_EQ(make_canvas(flat_field(212, 212), grid, by_first(Deposit::center)).height, 222);
  EXPECT_EQ(make_canvas(flat_field(999, 999), grid, by_first(Deposit::center)).height, 453);
  EXPECT_EQ(make_canvas(flat_field(19, 19), grid, by_first(Deposit::center), CanvasOf::whole_input)
                .height,
            453);
  const Grid even = make_grid({227, 227}, {12, 12}, {3, 3});
  EXPECT_EQ(make_canvas(flat_field(19, 20), even, by_first(Deposit::center)).height, 31);
  EXPECT_EQ(make_canvas(flat_field(19, 20), even, by_first(Deposit::center)).width, 32);
  // One jump (8 px) more if tied positions are averaged.
  EXPECT_EQ(make_canvas(flat_field(19, 19), grid, AggregateRules{}).height, 37);
  Field fractional = flat_field(19, 19);
  fractional.y.pieces[0].start = 0.5;  // its centre lies between two pixels
  EXPECT_EQ(make_canvas(fractional, grid, by_first(Deposit::center)).height, 30);
}

TEST(AggregateUnit, FlatFieldIsItsClosedForm) {
  // Odd and even fields and occluders: centres at whole and at half pixels.
  for (const Size occluder : {Size{11, 11}, Size{12, 12}, Size{6, 9}})
    for (const Size side : {Size{19, 19}, Size{20, 20}, Size{19, 14}}) {
      const Grid grid = make_grid({90, 90}, occluder, {1, 1});
      const Canvas canvas =
          make_canvas(flat_field(side.h, side.w), grid, by_first(Deposit::center));
      Maps maps;
      maps.add(FlatUnit{side.h, side.w, 30, 40}, grid);
      const UnitField unit = aggregate_unit(maps.list(), grid, canvas, quick(), {});
      std::vector<float> expected;
      for (int y = 0; y < canvas.height; ++y)
        for (int x = 0; x < canvas.width; ++x) {
          // Even occluders have their centres between pixels: a pixel is the mean of both.
          const auto axis = [](double d, int field, int size) {
            const double half = size % 2 == 0 ? 0.5 : 0;
            return (shared(d - half, field, size) + shared(d + half, field, size)) / 2;
          };
          expected.push_back(float(axis(offset(y, canvas.height), side.h, occluder.h) *
                                   axis(offset(x, canvas.width), side.w, occluder.w)));
        }
      EXPECT_TRUE(all_near(unit.mean, expected, 1e-4f, 1e-6f))
          << side.h << "x" << side.w << " under " << occluder.h << "x" << occluder.w;
      EXPECT_EQ(unit.truncated, 0);
      EXPECT_EQ(unit.rank_size, std::vector<float>{unit.size});
    }
}

TEST(AggregateUnit, SizesOfTheSyntheticTruth) {
  const Grid grid = make_grid({227, 227}, {11, 11}, {1, 1});
  Maps maps;
  maps.add(FlatUnit{67, 67, 80, 70}, grid);
  maps.add(FlatUnit{67, 67, 40, 110}, grid);
  const Canvas canvas = make_canvas(flat_field(67, 67), grid, by_first(Deposit::center));
  const UnitField unit = aggregate_unit(maps.list(), grid, canvas, quick(), {});
  EXPECT_NEAR(unit.sizes.cut50, 66.6, 0.05);
  EXPECT_NEAR(unit.sizes.cut25, 72.3, 0.05);
  EXPECT_NEAR(unit.sizes.cut10, 74.7, 0.05);
  EXPECT_EQ(unit.size, unit.sizes.cut10);
  EXPECT_NEAR(unit.equivalent, 67, 0.01);
  EXPECT_EQ(unit.count, std::vector<std::uint16_t>(77 * 77, 2));
}

/// Five locations of a 25 x 25 field, some beyond the image; strides and overhangs as given.
struct BorderCase {
  Grid grid;
  Canvas canvas;
  std::vector<FlatUnit> units{
      {25, 25, -10, 30}, {25, 25, 20, 55}, {25, 25, 30, 30}, {25, 25, 62, -3}, {25, 25, 25, 20}};
  BorderCase(int stride, bool overhang)
      : grid(make_grid({80, 80}, {11, 11}, {stride, stride},
                       overhang ? Overhang::yes : Overhang::no)),
        canvas(make_canvas(flat_field(25, 25), grid, by_first(Deposit::center))) {}
  std::vector<ChangeMap> list(Maps& maps) const {
    for (const FlatUnit& unit : units) maps.add(unit, grid);
    return maps.list();
  }
  /// Inside the hull of the occluders' centres.
  bool reaches(const FlatUnit& unit, int y, int x) const {
    const double v = unit.centre().y + offset(y, canvas.height);
    const double u = unit.centre().x + offset(x, canvas.width);
    return v >= grid.centre_y(0) && v <= grid.centre_y(grid.count.h - 1) && u >= grid.centre_x(0) &&
           u <= grid.centre_x(grid.count.w - 1);
  }
};

TEST(AggregateUnit, IgnoresWhatAnImageDoesNotReach) {
  for (bool overhang : {false, true}) {
    const BorderCase c(1, overhang);
    Maps maps;
    const UnitField unit = aggregate_unit(c.list(maps), c.grid, c.canvas, quick(), {0, 3});
    int unreached = 0;
    for (int y = 0; y < c.canvas.height; ++y)
      for (int x = 0; x < c.canvas.width; ++x) {
        int count = 0;
        for (const FlatUnit& u : c.units) count += c.reaches(u, y, x);
        const std::size_t i = std::size_t(y) * c.canvas.width + x;
        ASSERT_EQ(unit.count[i], count) << y << ", " << x;
        const double expected =
            shared(offset(y, c.canvas.height), 25, 11) * shared(offset(x, c.canvas.width), 25, 11);
        unreached += count < 5;
        if (count == 0) {
          ASSERT_TRUE(std::isnan(unit.mean[i]));
          continue;
        }
        ASSERT_NEAR(unit.mean[i], expected, 1e-4);
      }
    EXPECT_GT(unreached, 50);
  }
}

TEST(AggregateUnit, ZeroBorderCountsEveryImageEverywhere) {
  const BorderCase c(1, false);
  Maps maps;
  AggregateRules rules = quick();
  rules.border = Border::zero;
  const UnitField unit = aggregate_unit(c.list(maps), c.grid, c.canvas, rules, {0, 3});
  for (int y = 0; y < c.canvas.height; ++y)
    for (int x = 0; x < c.canvas.width; ++x) {
      const std::size_t i = std::size_t(y) * c.canvas.width + x;
      const double whole =
          shared(offset(y, c.canvas.height), 25, 11) * shared(offset(x, c.canvas.width), 25, 11);
      ASSERT_NEAR(unit.mean[i], whole * unit.count[i] / 5, 1e-4);
    }
  EXPECT_EQ(unit.truncated, 0);
}

TEST(AggregateUnit, PixelsThatFewImagesReachDoNotCount) {
  // Two of three fields extend beyond the left border: pixels left of their frame do not count.
  const Grid grid = make_grid({80, 80}, {11, 11}, {1, 1});
  const Canvas canvas = make_canvas(flat_field(25, 25), grid, by_first(Deposit::center));
  Maps maps;
  maps.add(FlatUnit{25, 25, 30, 30}, grid);
  maps.add(FlatUnit{25, 25, 30, -12}, grid);
  maps.add(FlatUnit{25, 25, 30, -12}, grid);
  const UnitField unit = aggregate_unit(maps.list(), grid, canvas, quick(), {});
  // Their centre is column 0 and the first occluder's centre column 5: offsets 5..17 count.
  EXPECT_EQ(unit.count[17 * 35 + 22], 3);
  EXPECT_EQ(unit.count[17 * 35 + 21], 1);
  EXPECT_EQ(unit.sizes.box[1], 5);
  EXPECT_GT(unit.truncated, 0.3);
  int above = 0;
  for (int dy = -17; dy <= 17; ++dy)
    for (int dx = 5; dx <= 17; ++dx) above += shared(dy, 25, 11) * shared(dx, 25, 11) >= 60.5;
  EXPECT_FLOAT_EQ(unit.sizes.cut50, std::sqrt(float(above)));
  // Alone, the first image reaches all pixels; each other image only some.
  EXPECT_GT(unit.rank_size[0], 1.3 * unit.rank_size[1]);
  EXPECT_EQ(unit.rank_size[1], unit.size);
}

TEST(AggregateUnit, BilinearAndNearestAgainstTheirDefinition) {
  std::mt19937 random(5);
  const Grid grid = make_grid({60, 70}, {8, 11}, {3, 5});
  const Canvas canvas{41, 40};
  const Centre centre{31, 33.5};
  Maps maps;
  maps.add(random_change(grid, random), centre);
  for (Upsample upsample : {Upsample::bilinear, Upsample::nearest}) {
    AggregateRules rules = quick();
    rules.upsample = upsample;
    rules.discrepancy = Discrepancy::signed_change;
    const UnitField unit = aggregate_unit(maps.list(), grid, canvas, rules, {});
    for (int y = 0; y < canvas.height; ++y)
      for (int x = 0; x < canvas.width; ++x) {
        const double v = (centre.y + offset(y, canvas.height) - grid.centre_y(0)) / 3;
        const double u = (centre.x + offset(x, canvas.width) - grid.centre_x(0)) / 5;
        double expected = 0;
        for (int gy = 0; gy < grid.count.h; ++gy)
          for (int gx = 0; gx < grid.count.w; ++gx) {
            const double value = maps.changes[0][std::size_t(gy) * grid.count.w + gx];
            if (upsample == Upsample::bilinear)
              expected +=
                  std::max(0., 1 - std::fabs(v - gy)) * std::max(0., 1 - std::fabs(u - gx)) * value;
            else if (gy > v - 0.5 && gy <= v + 0.5 && gx > u - 0.5 && gx <= u + 0.5)
              expected = value;
          }
        ASSERT_NEAR(unit.mean[std::size_t(y) * canvas.width + x], expected, 1e-5) << y << ", " << x;
      }
  }
}

TEST(AggregateUnit, FootprintIsTheMeanOverTheOccludersThatCoverAPixel) {
  std::mt19937 random(6);
  int uncovered = 0;
  for (const Size stride : {Size{3, 3}, Size{4, 7}, Size{9, 13}})
    for (bool overhang : {false, true}) {
      const Grid grid =
          make_grid({60, 64}, {8, 11}, stride, overhang ? Overhang::yes : Overhang::no);
      const Canvas canvas = make_canvas(flat_field(25, 31), grid, by_first(Deposit::footprint));
      Maps maps;
      maps.add(random_change(grid, random), {20, 40});
      AggregateRules rules = quick();
      rules.deposit = Deposit::footprint;
      rules.discrepancy = Discrepancy::abs;
      const UnitField unit = aggregate_unit(maps.list(), grid, canvas, rules, {});
      for (int y = 0; y < canvas.height; ++y)
        for (int x = 0; x < canvas.width; ++x) {
          const int v = int(20 + offset(y, canvas.height)), u = int(40 + offset(x, canvas.width));
          double sum = 0;
          int covering = 0;
          for (int i = 0; i < grid.positions(); ++i) {
            const Point o = grid.origin(i);
            if (v < o.y || v >= o.y + 8 || u < o.x || u >= o.x + 11) continue;
            sum += std::fabs(maps.changes[0][i]);
            ++covering;
          }
          const std::size_t i = std::size_t(y) * canvas.width + x;
          ASSERT_EQ(unit.count[i], covering > 0 ? 1 : 0) << v << ", " << u;
          uncovered += covering == 0;
          if (covering == 0) continue;
          ASSERT_NEAR(unit.mean[i], sum / covering, 1e-5);
        }
    }
  EXPECT_GT(uncovered, 100);
}

TEST(AggregateUnit, DiscrepancyRulesApplyBeforeTheMean) {
  const Grid grid = make_grid({9, 9}, {1, 1}, {1, 1});
  const Canvas canvas{1, 1};
  Maps maps;
  std::vector<float> up(81, 0), down(81, 0);
  up[40] = 3;
  down[40] = -1;
  maps.add(up, {4, 4});
  maps.add(down, {4, 4});
  const auto mean = [&](Discrepancy rule, Normalize normalize) {
    AggregateRules rules = quick();
    rules.discrepancy = rule;
    rules.normalize = normalize;
    return aggregate_unit(maps.list(), grid, canvas, rules, {}).mean[0];
  };
  EXPECT_EQ(mean(Discrepancy::drop, Normalize::none), 1.5f);
  EXPECT_EQ(mean(Discrepancy::abs, Normalize::none), 2);
  EXPECT_EQ(mean(Discrepancy::signed_change, Normalize::none), 1);
  EXPECT_EQ(mean(Discrepancy::abs, Normalize::peak), 1);
  EXPECT_EQ(mean(Discrepancy::drop, Normalize::peak), 0.5f);  // no peak: zeros
}

TEST(AggregateUnit, WithoutMapsNothingIsMeasured) {
  const Grid grid = make_grid({20, 20}, {5, 5}, {1, 1});
  const UnitField unit = aggregate_unit({}, grid, {7, 9}, {}, {});
  ASSERT_EQ(unit.mean.size(), 63u);
  for (float v : unit.mean) EXPECT_TRUE(std::isnan(v));
  EXPECT_EQ(unit.count, std::vector<std::uint16_t>(63, 0));
  EXPECT_TRUE(unit.rank_size.empty());
  for (float v : {unit.size, unit.interval[0], unit.interval[1], unit.truncated, unit.sizes.cut50,
                  unit.sizes.radius50, unit.sizes.box[2], unit.sizes.gaussian.r2})
    EXPECT_TRUE(std::isnan(v));
}

TEST(AggregateUnit, AUnitThatNothingChangesHasNoSize) {
  const Grid grid = make_grid({20, 20}, {5, 5}, {1, 1});
  Maps maps;
  maps.add(std::vector<float>(grid.positions(), 0), {10, 10});
  const UnitField unit = aggregate_unit(maps.list(), grid, {7, 9}, {}, {});
  EXPECT_EQ(unit.mean, std::vector<float>(63, 0));
  EXPECT_TRUE(std::isnan(unit.size));
  EXPECT_TRUE(std::isnan(unit.interval[0]));
  EXPECT_TRUE(std::isnan(unit.rank_size[0]));
}

}  // namespace
}  // namespace rfmap
