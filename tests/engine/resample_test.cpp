#include "one_operation.h"
#include "taps.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

class Resampling : public OnEngine {};

TEST_P(Resampling, RowsAndColumnsAreWeighted) {
  // Rows: the second, then half the sum of both; columns: kept.
  const Resample rows{axis_taps({{{1, 1}}, {{0, 0.5f}, {1, 0.5f}}}), {}};
  EXPECT_TRUE(is(run({1, 2, 3}, {0, 2, 4, 10, 20, 30}, rows), {10, 20, 30, 5, 11, 17}));
  const Resample columns{{}, axis_taps({{{2, 1}}, {{0, 1}, {2, -2}}})};
  EXPECT_TRUE(is(run({1, 2, 3}, {0, 2, 4, 10, 20, 30}, columns), {4, -8, 30, -50}));
  const Resample both{rows.y, columns.x};
  EXPECT_TRUE(is(run({1, 2, 3}, {0, 2, 4, 10, 20, 30}, both), {30, -50, 17, -29}));
}

TEST_P(Resampling, PositionsWithoutTapsAreZero) {
  const AxisTaps apart = axis_taps({{{0, 1}}, {}, {{1, 1}}, {}});
  EXPECT_TRUE(is(run({1, 2, 2}, {1, 2, 3, 4}, Resample{apart, apart}),
                 {1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0}));
}

TEST_P(Resampling, EachChannelByItself) {
  const Shape shape{19, 4, 3};
  const std::vector<float> in = ramp(shape);
  const AxisTaps turned = axis_taps({{{3, 1}}, {{2, 1}}, {{1, 1}}, {{0, 1}}});
  std::vector<float> want;
  for (int c = 0; c < shape.c; ++c)
    for (int y = 3; y >= 0; --y)
      for (int x = 0; x < shape.w; ++x) want.push_back(in[std::size_t((c * 4 + y) * 3 + x)]);
  EXPECT_TRUE(is(run(shape, in, Resample{turned, {}}), want));
}

INSTANTIATE_TEST_SUITE_P(Engines, Resampling, testing::ValuesIn(engines_under_test()));

}  // namespace
