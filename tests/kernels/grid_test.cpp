#include "kernels/grid.h"

#include <gtest/gtest.h>

#include "on_host.h"

using namespace rfmap;
using namespace rfmap::kernels;
using testing_kernels::channels_of;

namespace {

TEST(KernelGrid, SplitsIndicesBeyond32Bits) {
  const kernels::Grid small{1000, 4000000};  // 4.0e9, still below 2^32
  const kernels::Grid large{100000, 1000003};
  for (const kernels::Grid& grid : {small, large})
    for (std::int64_t n : {std::int64_t(0), grid.samples / 2, grid.samples - 1})
      for (int i : {0, 1, grid.volume - 1}) {
        const GridIndex at = split(grid, n * grid.volume + i);
        EXPECT_EQ(at.n, n);
        EXPECT_EQ(at.i, i);
      }
}

TEST(KernelGrid, CellsOfLargeTensorsLieBeyond32Bits) {
  Tensor t;
  t.n = 4096, t.h = 227, t.w = 227, t.c = 64, t.pitch = 96;
  EXPECT_EQ(cell_at(t, 4095, 226, 225), ((4095LL * 227 + 226) * 227 + 225) * 96);
}

TEST(KernelGrid, PlacesCoverEveryChannelOnce) {
  const Tensor t = tensor(nullptr, DType::f32, 1, {8, 3, 5});
  std::vector<int> seen(8 * 3 * 5, 0);
  for (int i = 0; i < cells_of<4>(t).volume; ++i) {
    const Place<4> at(t, i);
    for (int v = 0; v < 4; ++v) ++seen[(at.y * 5 + at.x) * 8 + at.c + v];
  }
  EXPECT_EQ(seen, std::vector<int>(8 * 3 * 5, 1));
}

TEST(KernelGrid, WideWhereFourChannelsAreAligned) {
  alignas(16) static char memory[4096];
  const Tensor t = tensor(memory, DType::f32, 1, {8, 2, 2}, 12);
  EXPECT_TRUE(is_wide(t));
  EXPECT_TRUE(is_wide(channels_of(t, 4, 4)));
  EXPECT_FALSE(is_wide(channels_of(t, 2, 4)));
  EXPECT_FALSE(is_wide(channels_of(t, 4, 3)));
  EXPECT_FALSE(is_wide(tensor(memory, DType::f32, 1, {8, 2, 2}, 10)));
  EXPECT_TRUE(is_wide(tensor(memory + 8, DType::bf16, 1, {8, 2, 2})));
  EXPECT_FALSE(is_wide(tensor(memory + 8, DType::f32, 1, {8, 2, 2})));
}

}  // namespace
