#include "kernels/grid.h"

#include <gtest/gtest.h>

#include "on_host.h"

using namespace rfmap;
using namespace rfmap::kernels;
using testing_kernels::channels_of;

namespace {

/// Numbers around powers of two, where factors and shifts change.
std::vector<int> numbers() {
  std::vector<int> all{0, 1, 2, 3, 5, 7, 11, 13, 24, 27, 55, 96, 227, 361, 1000003, 0x7fffffff};
  for (int bit = 2; bit < 31; ++bit)
    for (int more : {-1, 0, 1}) all.push_back((1 << bit) + more);
  return all;
}

TEST(KernelGrid, DividesAsIntegersDo) {
  for (int d : numbers())
    for (int x : numbers())
      for (std::int64_t near : {std::int64_t(x), std::int64_t(x) / std::max(d, 1) * d - 1}) {
        if (d == 0 || near < 0) continue;
        ASSERT_EQ(Divisor(d).divide(int(near)), int(near) / d) << near << " / " << d;
      }
}

/// Every sample is in one slice, and a slice's last index is its last sample's last.
TEST(KernelGrid, SlicesHoldEverySampleOnce) {
  for (const kernels::Grid& grid : {kernels::Grid{5, 7},
                                    {1000, 2000003},
                                    {1000, 4000000},
                                    {100000, 1000003},
                                    {3, 0x7fffffff},
                                    {0, 5},
                                    {5, 0}}) {
    std::int64_t samples = 0, total = 0;
    for_slices(grid, [&](const GridSlice& slice) {
      EXPECT_EQ(slice.split(0).n, samples);
      EXPECT_EQ(slice.split(0).i, 0);
      samples += slice.samples();
      total += slice.total();
      EXPECT_EQ(slice.split(slice.total() - 1).n, samples - 1);
      EXPECT_EQ(slice.split(slice.total() - 1).i, grid.volume - 1);
      return true;
    });
    EXPECT_EQ(total, grid.total());
    EXPECT_EQ(samples, grid.volume > 0 ? grid.samples : 0);
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
  const Cells<4> cells(t);
  for (int i = 0; i < cells_of<4>(t).total(); ++i) {
    const Place<4> at = cells.at(i);
    EXPECT_EQ(at.cell, at.y * 5 + at.x);
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
