#include "one_operation.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

class Pooling : public OnEngine {
 protected:
  /// Pools `channels` equal copies of a plane, so that plain and blocked layouts are both seen.
  void expect(const Pool& pool, const Shape& plane, const std::vector<float>& in,
              const std::vector<float>& want, float tolerance = 0) {
    for (int channels : {1, 8, 11}) {
      std::vector<float> all, wanted;
      for (int c = 0; c < channels; ++c) {
        all.insert(all.end(), in.begin(), in.end());
        wanted.insert(wanted.end(), want.begin(), want.end());
      }
      EXPECT_TRUE(all_near(run({channels, plane.h, plane.w}, all, pool), wanted, tolerance, 0))
          << channels << " channels";
    }
  }
};

Pool make_pool(Pool::Kind kind, Size kernel, Size stride, Margins pad = {}) {
  Pool pool;
  pool.kind = kind;
  pool.kernel = kernel;
  pool.stride = stride;
  pool.pad = pad;
  return pool;
}

constexpr auto kMax = Pool::Kind::max;
constexpr auto kAverage = Pool::Kind::average;

TEST_P(Pooling, MaximumIgnoresPaddingEvenBelowZero) {
  expect(make_pool(kMax, {2, 2}, {2, 2}, {1, 1, 1, 1}), {1, 2, 2}, {-1, -2, -3, -4},
         {-1, -2, -3, -4});
}

TEST_P(Pooling, MaximumInCeilModeKeepsTheCutWindow) {
  Pool pool = make_pool(kMax, {1, 3}, {1, 2});
  expect(pool, {1, 1, 6}, {1, 2, 3, 4, 5, 6}, {3, 5});
  pool.ceil_mode = true;
  expect(pool, {1, 1, 6}, {1, 2, 3, 4, 5, 6}, {3, 5, 6});
}

TEST_P(Pooling, WindowsThatWouldStartInTheEndPaddingAreDropped) {
  Pool pool = make_pool(kMax, {1, 2}, {1, 2}, {0, 1, 0, 1});
  pool.ceil_mode = true;
  // Starts -1, 1, 3; the next, 5, lies in the padding of a map of 4 plus 1.
  expect(pool, {1, 1, 4}, {1, 2, 3, 4}, {1, 3, 4});
  // A map of 5 has no window from 5 on either: it would see only padding.
  expect(pool, {1, 1, 5}, {1, 2, 3, 4, 5}, {1, 3, 5});
}

TEST_P(Pooling, MaximumSpreadsItsTapsByTheDilation) {
  Pool pool = make_pool(kMax, {1, 2}, {1, 1});
  pool.dilation = {1, 3};
  expect(pool, {1, 1, 6}, {9, 1, 5, 2, 8, 3}, {9, 8, 5});
}

TEST_P(Pooling, AverageDividesByWhatLiesInsideTheMap) {
  expect(make_pool(kAverage, {1, 3}, {1, 1}, {0, 1, 0, 1}), {1, 1, 3}, {3, 6, 9}, {4.5f, 6, 7.5f});
}

TEST_P(Pooling, AverageThatCountsPaddingDividesByTheWholeKernel) {
  Pool pool = make_pool(kAverage, {1, 3}, {1, 1}, {0, 1, 0, 1});
  pool.count_include_pad = true;
  expect(pool, {1, 1, 3}, {3, 6, 9}, {3, 6, 5}, 5e-7f);
}

TEST_P(Pooling, AverageInCeilModeDoesNotCountWhatLiesBeyondThePadding) {
  Pool pool = make_pool(kAverage, {1, 3}, {1, 2}, {0, 1, 0, 1});
  pool.ceil_mode = true;
  pool.count_include_pad = true;
  // Map of 4: windows from -1, 1, 3. The last sees 8, one padded cell, and one cell that is
  // neither.
  expect(pool, {1, 1, 4}, {2, 4, 6, 8}, {2, 6, 4});
  pool.count_include_pad = false;
  expect(pool, {1, 1, 4}, {2, 4, 6, 8}, {3, 6, 8});
}

TEST_P(Pooling, PaddingMayDifferOnEachSide) {
  Pool pool = make_pool(kAverage, {2, 1}, {1, 1}, {1, 0, 0, 0});
  pool.count_include_pad = true;
  expect(pool, {1, 3, 1}, {2, 4, 8}, {1, 3, 6});
}

TEST_P(Pooling, GlobalTakesTheWholeMap) {
  for (int channels : {1, 8, 9}) {
    const Shape shape{channels, 3, 5};
    std::vector<float> mean, most;
    for (int c = 0; c < channels; ++c) mean.push_back(15.f * c + 7), most.push_back(15.f * c + 14);
    EXPECT_TRUE(all_near(run(shape, ramp(shape), Reduce{Reduce::Kind::mean}), mean, 0, 1e-6f));
    EXPECT_TRUE(is(run(shape, ramp(shape), Reduce{Reduce::Kind::maximum}), most));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, Pooling, testing::ValuesIn(engines_under_test()));

}  // namespace
