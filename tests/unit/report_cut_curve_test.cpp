#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/cut_curve.h"

namespace rfmap {
using namespace report;
namespace {

using testing::HasSubstr;

/// A ramp from 0.01 to 1.00: at the threshold c, 100 (1 - c) + 1 pixels count.
TEST(CutCurve, SizesAreRootsOfTheAreaAtTheCut) {
  CountedMean map;
  map.peak = 1;
  for (int i = 1; i <= 100; ++i) map.values.push_back(float(i) / 100 + 1e-6f);
  map.values.push_back(std::nanf(""));  // does not count
  const auto sizes = sizes_by_cut(map);
  for (int i = 0; i < kCurveCuts; ++i)
    EXPECT_FLOAT_EQ(sizes[i], std::sqrt(100 - 5 * (i + 1) + 1)) << i;
  for (const float size : sizes_by_cut({{0, 0}, 0})) EXPECT_TRUE(std::isnan(size));
}

TEST(CutCurve, IsTheMeanOfUnitsWithASize) {
  std::array<float, kCurveCuts> a{}, b{}, none{};
  a.fill(10), b.fill(20), none.fill(std::nanf(""));
  EXPECT_THAT(cut_curve({a, none, b}), HasSubstr("15.0 at 0.05, 15.0 at 0.1"));
  EXPECT_EQ(cut_curve({none}), "");
}

}  // namespace
}  // namespace rfmap
