#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/occlusion.h"

#include "core/philox.h"

namespace rfmap {
namespace {

TEST(Grid, WholeOccludersOfThePaper) {
  const Grid alexnet = make_grid({227, 227}, {11, 11}, {3, 3});
  EXPECT_EQ(alexnet.count, (Size{73, 73}));
  EXPECT_EQ(alexnet.positions(), 5329);
  EXPECT_EQ(make_grid({224, 224}, {11, 11}, {3, 3}).count, (Size{72, 72}));
  EXPECT_EQ(alexnet.origin(74), (Point{3, 3}));
  EXPECT_EQ(alexnet.centre_y(0), 5);
  EXPECT_EQ(make_grid({20, 30}, {4, 6}, {1, 2}).centre_x(1), 4.5);
}

TEST(Grid, PositionsAgreeWithTryingEveryOrigin) {
  std::mt19937 random(1);
  const auto between = [&](int lo, int hi) { return lo + int(random() % unsigned(hi - lo + 1)); };
  for (int i = 0; i < 300; ++i) {
    const Size input{between(5, 40), between(5, 40)};
    const Size occluder{between(1, input.h), between(1, input.w)};
    const Size stride{between(1, 9), between(1, 9)};
    const bool overhang = i % 2 == 1;
    std::vector<Point> expected;
    for (int y = -50; y < input.h; ++y)
      for (int x = -50; x < input.w; ++x) {
        if (y % stride.h != 0 || x % stride.w != 0) continue;
        const bool whole =
            y >= 0 && x >= 0 && y + occluder.h <= input.h && x + occluder.w <= input.w;
        const bool touches = y + occluder.h > 0 && x + occluder.w > 0;
        if (overhang ? touches : whole) expected.push_back({y, x});
      }
    const Grid grid = make_grid(input, occluder, stride, overhang ? Overhang::yes : Overhang::no);
    std::vector<Point> got;
    for (int p = 0; p < grid.positions(); ++p) got.push_back(grid.origin(p));
    ASSERT_EQ(got, expected) << "case " << i;
  }
}

TEST(Grid, DoubtsNameASinglePositionOrGaps) {
  const auto doubt = [](Size input, Size occluder, Size stride, Overhang overhang = Overhang::no) {
    return doubt_of(make_grid(input, occluder, stride, overhang));
  };
  using testing::HasSubstr;
  EXPECT_EQ(doubt({20, 20}, {5, 5}, {5, 5}), "");
  EXPECT_EQ(doubt({1, 20}, {1, 5}, {3, 5}), "");  // one row: no gaps along it
  EXPECT_THAT(doubt({20, 20}, {5, 5}, {6, 5}), HasSubstr("--occluder 5x5 --stride 6x5: pixels"));
  EXPECT_THAT(doubt({20, 20}, {5, 5}, {5, 6}), HasSubstr("never covered"));
  EXPECT_THAT(doubt({8, 8}, {5, 5}, {4, 4}), HasSubstr("a single position in the input of 8x8"));
  EXPECT_EQ(doubt({8, 8}, {5, 5}, {4, 4}, Overhang::yes), "");
}

TEST(Grid, ErrorsNameTheOption) {
  EXPECT_THROW(make_grid({10, 10}, {11, 11}, {3, 3}), ConfigError);
  EXPECT_THROW(make_grid({10, 10}, {3, 0}, {3, 3}), ConfigError);
  try {
    make_grid({10, 10}, {3, 3}, {0, 3}, Overhang::yes);
    ADD_FAILURE() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--stride 0x3"));
  }
}

TEST(Touching, AgreesWithBruteForce) {
  std::mt19937 random(2);
  const auto between = [&](int lo, int hi) { return lo + int(random() % unsigned(hi - lo + 1)); };
  int touched = 0;
  for (int i = 0; i < 300; ++i) {
    const Size input{between(8, 40), between(8, 40)};
    const Grid grid =
        make_grid(input, {between(1, 8), between(1, 8)}, {between(1, 9), between(1, 9)},
                  i % 2 == 1 ? Overhang::yes : Overhang::no);
    std::vector<Rect> boxes;
    for (int b = between(0, 3); b > 0; --b) {
      const int y = between(0, input.h), x = between(0, input.w);
      boxes.push_back({y, x, between(y, input.h), between(x, input.w)});
    }
    std::vector<int> expected;
    for (int p = 0; p < grid.positions(); ++p) {
      const Point o = grid.origin(p);
      const Rect occluder{o.y, o.x, o.y + grid.occluder.h, o.x + grid.occluder.w};
      bool any = false;
      for (const Rect& box : boxes) any |= !box.empty() && !intersect(occluder, box).empty();
      if (any) expected.push_back(p);
    }
    ASSERT_EQ(touching(grid, boxes), expected) << "case " << i;
    touched += int(expected.size());
  }
  EXPECT_GT(touched, 1000);
}

// Known answers published with Random123 (kat_vectors, philox4x32 of 10 rounds).
TEST(Philox, KnownAnswers) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(core::philox_block({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(core::philox_block({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  const std::uint32_t counter[] = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
  const std::uint32_t key[] = {0xa4093822, 0x299f31d0};
  EXPECT_EQ(core::philox_block({counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  EXPECT_EQ(philox(counter, key), 0xd16cfe09);
}

TEST(NoisePatch, CountsGridIndexChannelRowColumn) {
  const std::uint64_t seed = 0x299f31d0a4093822;  // high and low word
  const std::vector<std::uint8_t> patch = noise_patch(seed, 17, 3, {4, 5});
  ASSERT_EQ(patch.size(), 60u);
  const std::uint32_t counter[] = {17, 2, 3, 1}, key[] = {0xa4093822, 0x299f31d0};
  EXPECT_EQ(patch[(2 * 4 + 3) * 5 + 1], philox(counter, key) >> 24);
  EXPECT_NE(noise_patch(seed, 18, 3, {4, 5}), patch);
  double mean = 0;
  for (std::uint8_t v : noise_patch(0, 0, 3, {40, 40})) mean += v / 4800.0;
  EXPECT_NEAR(mean, 127.5, 5 * 73.9 / std::sqrt(4800.0));  // five standard errors
}

}  // namespace
}  // namespace rfmap
