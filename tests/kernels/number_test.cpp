#include "kernels/number.h"

#include <cmath>
#include <limits>

#include "on_host.h"

using namespace rfmap;
using namespace rfmap::kernels;

namespace {

TEST(KernelNumber, EveryHalfComesBack) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const auto half = std::uint16_t(bits);
    if (!std::isnan(from_f16(half))) {
      ASSERT_EQ(to_f16(from_f16(half)), half);
    }
    if (!std::isnan(from_bf16(half))) {
      ASSERT_EQ(to_bf16(from_bf16(half)), half);
    }
  }
}

TEST(KernelNumber, ValuesOfHalves) {
  EXPECT_EQ(from_f16(0x3c00), 1.f);
  EXPECT_EQ(from_f16(0xc000), -2.f);
  EXPECT_EQ(from_f16(0x7bff), 65504.f);
  EXPECT_EQ(from_f16(0x0001), 0x1p-24f);
  EXPECT_EQ(from_f16(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(from_f16(0x7e00)));
  EXPECT_EQ(from_bf16(0x3f80), 1.f);
  EXPECT_EQ(from_bf16(0xc040), -3.f);
}

TEST(KernelNumber, RoundsToNearestEven) {
  EXPECT_EQ(to_f16(1 + 0x1p-11f), 0x3c00);             // a tie, down to even
  EXPECT_EQ(to_f16(1 + 0x3p-11f), 0x3c02);             // a tie, up to even
  EXPECT_EQ(to_f16(1 + 0x1p-11f + 0x1p-20f), 0x3c01);  // above the tie
  EXPECT_EQ(to_f16(65519.99f), 0x7bff);                // the last before infinity
  EXPECT_EQ(to_f16(65520.f), 0x7c00);                  // a tie, to infinity
  EXPECT_EQ(to_f16(-0x1p-25f), 0x8000);                // half the smallest: to -0
  EXPECT_EQ(to_f16(0x1.8p-24f), 0x0002);               // tie between subnormals
  EXPECT_EQ(to_f16(0x1.ffep-15f), 0x0400);             // rounds up to the smallest normal
  EXPECT_EQ(to_bf16(1 + 0x1p-8f), 0x3f80);
  EXPECT_EQ(to_bf16(1 + 0x3p-8f), 0x3f82);
  EXPECT_EQ(to_bf16(std::numeric_limits<float>::max()), 0x7f80);
}

TEST(KernelNumber, NaNStaysNaN) {
  const float nan = std::nanf("");
  EXPECT_TRUE(std::isnan(from_f16(to_f16(nan))));
  EXPECT_TRUE(std::isnan(from_bf16(to_bf16(nan))));
}

/// Both neighbours of a half enclose every float between them: the nearer one is chosen.
TEST(KernelNumber, ChoosesTheNearerNeighbour) {
  testing_kernels::Draw draw(1);
  for (int trial = 0; trial < 100000; ++trial) {
    const float x = std::ldexp(draw.value(), draw.below(40) - 24);
    const float got = from_f16(to_f16(x));
    if (std::isinf(got)) continue;
    const float step = std::ldexp(1.f, std::max(std::ilogb(x), -14) - 10);
    ASSERT_LE(std::fabs(got - x), step / 2) << x;
  }
}

TEST(KernelNumber, WideAccessEqualsSingle) {
  for (DType type : testing_kernels::kTypes) {
    testing_kernels::Draw draw(2);
    testing_kernels::Buffer buffer(type, 1, {8, 1, 3});
    buffer.draw(draw);
    for (int at = 0; at < 24; at += 4) {
      const Vec<4> wide = load<4>(buffer.tensor(), at);
      for (int v = 0; v < 4; ++v) EXPECT_EQ(wide.v[v], load_one(buffer.tensor(), at + v));
      store<4>(buffer.tensor(), at, wide);
      for (int v = 0; v < 4; ++v) EXPECT_EQ(wide.v[v], load_one(buffer.tensor(), at + v));
    }
  }
}

}  // namespace
