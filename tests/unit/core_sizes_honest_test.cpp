#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/equivalent.h"
#include "populations.h"

/// Sizes that are compared with theory: calibrated with flat fields, with intervals of the stated
/// coverage.
namespace rfmap {
namespace {

/// Change of a linear unit by an occluder: the sum of the covered weights.
template <class Weight>
std::vector<float> change_of(const Grid& grid, Centre centre, int reach, Weight weight) {
  std::vector<float> change;
  for (int i = 0; i < grid.positions(); ++i) {
    const Point o = grid.origin(i);
    double sum = 0;
    for (int y = std::max(o.y, int(centre.y) - reach);
         y < std::min(o.y + grid.occluder.h, int(centre.y) + reach + 2); ++y)
      for (int x = std::max(o.x, int(centre.x) - reach);
           x < std::min(o.x + grid.occluder.w, int(centre.x) + reach + 2); ++x)
        sum += weight(y - centre.y, x - centre.x);
    change.push_back(float(sum));
  }
  return change;
}

/// One unit in nine images, at all phases of a grid of stride 1 or 3.
template <class Weight>
UnitField measured(int occluder, double side, int reach, const AggregateRules& rules, int stride,
                   Weight weight) {
  const int input = 2 * reach + 4 * occluder + 40;
  const Grid grid = make_grid({input, input}, {occluder, occluder}, {stride, stride});
  Field field;
  field.y.pieces = field.x.pieces = {{0, 1, side}};
  const Canvas canvas = make_canvas(field, grid, rules);
  std::vector<std::vector<float>> changes;
  std::vector<ChangeMap> maps;
  for (int i = 0; i < 9; ++i) {
    const double half = int(side) % 2 == 0 ? 0.5 : 0;
    const Centre centre{input / 2 + i / 3 + half, input / 2 + i % 3 + half};
    changes.push_back(change_of(grid, centre, reach, weight));
    maps.push_back({{}, centre});
  }
  for (int i = 0; i < 9; ++i) maps[std::size_t(i)].change = changes[std::size_t(i)];
  AggregateRules quick = rules;
  quick.resamples = 1;
  return aggregate_unit(maps, grid, canvas, quick, {});
}

float equivalent_of_flat(int side, int occluder, int stride, const AggregateRules& rules = {}) {
  return measured(occluder, side, side / 2 + 1, rules, stride,
                  [&](double y, double x) {
                    return std::fabs(y) <= side / 2.0 && std::fabs(x) <= side / 2.0 ? 1.0 : 0.0;
                  })
      .equivalent;
}

/// With a grid of stride 3 a field of 2 px gives no larger size than one of 1 px, so it is flagged.
TEST(SizeEquivalent, FlatFieldsAreTheirOwn) {
  for (const int stride : {1, 3})
    for (const int side : {2, 3, 4, 5, 8, 13, 19, 40, 67, 99, 131, 200}) {
      if (stride == 3 && side < 3) continue;
      std::vector<float> all;
      for (const int occluder : {5, 11, 21}) {
        all.push_back(equivalent_of_flat(side, occluder, stride));
        EXPECT_NEAR(all.back(), side, std::max(2.0, 0.03 * side)) << occluder << " " << stride;
      }
      const auto [low, high] = std::minmax_element(all.begin(), all.end());
      EXPECT_LE(*high - *low, 2) << side;
    }
}

TEST(SizeEquivalent, OnePixelIsBelowTheResolution) {
  for (const int occluder : {5, 11, 21})
    for (const int stride : {1, 3})
      EXPECT_TRUE(std::isnan(equivalent_of_flat(1, occluder, stride))) << occluder << stride;
}

TEST(SizeEquivalent, InvertsEveryRule) {
  for (const SizeRule rule : {SizeRule::area, SizeRule::radius50, SizeRule::radius90,
                              SizeRule::gaussian, SizeRule::box}) {
    AggregateRules rules;
    rules.size_rule = rule;
    EXPECT_NEAR(equivalent_of_flat(31, 11, 3, rules), 31, 2) << int(rule);
  }
}

/// Side at the same threshold without an occluder.
constexpr double kBellSigma = 12, kBellSide = 45.6, kRingSide = 61.4;

float equivalent_of_bell(int occluder) {
  return measured(occluder, 99, 50, {}, 3,
                  [](double y, double x) {
                    return std::exp(-(y * y + x * x) / (2 * kBellSigma * kBellSigma));
                  })
      .equivalent;
}
float equivalent_of_ring(int occluder) {
  return measured(occluder, 81, 41, {}, 3,
                  [](double y, double x) {
                    const double r = std::hypot(y, x);
                    return r >= 20 && r <= 40 ? 1.0 : 0.0;
                  })
      .equivalent;
}

/// Fields that are not flat have an error that depends on the occluder: docs/method.md has it.
TEST(SizeEquivalent, BellsAndRingsAsInTheTableOfTheDocs) {
  const std::map<int, std::pair<double, double>> table{
      {5, {-3.3, 3.0}}, {11, {-6.8, 3.6}}, {21, {-8.2, 6.9}}};
  for (const auto& [occluder, wanted] : table) {
    EXPECT_NEAR(equivalent_of_bell(occluder) - kBellSide, wanted.first, 0.1) << occluder;
    EXPECT_NEAR(equivalent_of_ring(occluder) - kRingSide, wanted.second, 0.1) << occluder;
  }
}

TEST(SizeInterval, CoversTheTruth) {
  for (const auto& population : test::populations())
    for (const int images : {10, 25}) {
      if (population.field > 100 && images == 25) continue;  // takes minutes; see tests/tools
      const double held = test::coverage(population, images, 200, 3, 200);
      EXPECT_GE(held, 0.88) << population.name << ", " << images;
      EXPECT_LE(held, 0.995) << population.name << ", " << images;
    }
}

TEST(Reliability, NoiseHasNoneAndEqualMapsHaveAll) {
  const Grid grid = make_grid({60, 60}, {11, 11}, {3, 3});
  Field field;
  field.y.pieces = field.x.pieces = {{0, 1, 21}};
  const Canvas canvas = make_canvas(field, grid, {});
  std::mt19937 random(4);
  std::vector<std::vector<float>> same(12), noise(12);
  std::vector<ChangeMap> same_maps, noise_maps;
  for (int i = 0; i < 12; ++i) {
    for (int p = 0; p < grid.positions(); ++p) {
      same[std::size_t(i)].push_back(float(p % 7));
      noise[std::size_t(i)].push_back(float(random() % 1000));
    }
    same_maps.push_back({same[std::size_t(i)], {30, 30}});
    noise_maps.push_back({noise[std::size_t(i)], {30, 30}});
  }
  AggregateRules quick;
  quick.resamples = 1;
  EXPECT_NEAR(aggregate_unit(same_maps, grid, canvas, quick, {}).reliability, 1, 1e-5);
  EXPECT_NEAR(aggregate_unit(noise_maps, grid, canvas, quick, {}).reliability, 0, 0.35);
}

/// Two tied positions lie one jump apart: maps recentred on their mean have no offset.
TEST(Ties, AMiddleBetweenTwoPositionsIsHalfAJumpOn) {
  Field field;
  field.y.pieces = field.x.pieces = {{-3, 8, 19}};
  Peak peak{0, 1, {2, 3}, 2, {2, 3.5f}};
  const Centre centre = response_centre(field, peak);
  EXPECT_EQ(centre.y, 2 * 8 - 3 + 9);
  EXPECT_EQ(centre.x, 3.5 * 8 - 3 + 9);
}

}  // namespace
}  // namespace rfmap
