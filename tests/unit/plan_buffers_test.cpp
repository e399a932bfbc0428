#include <gtest/gtest.h>

#include "plan/buffers.h"

using namespace rfmap;
using namespace rfmap::plan;

namespace {

// May a buffer be overwritten in place?

TEST(Buffers, MayBeOverwrittenInTheStepThatReadsThemLast) {
  Buffers buffers;
  const int a = buffers.add(64);
  buffers.hold(a, 3);
  for (const int step : {0, 2, 3, 4}) {
    buffers.begin_step(step);
    EXPECT_EQ(buffers.dies(a), step >= 3) << step;
  }
}

TEST(Buffers, MayBeOverwrittenWhereNoValueLiesInThem) {
  Buffers buffers;
  EXPECT_TRUE(buffers.dies(buffers.add(64)));
}

TEST(Buffers, MayNotBeOverwrittenWhileAViewIsRead) {
  Buffers buffers;
  buffers.begin_step(1);
  const int a = buffers.add(64), view = buffers.view(a), of_view = buffers.view(view);
  buffers.hold(a, 1);
  buffers.hold(of_view, 5);
  buffers.hold(view, 2);  // read earlier: takes nothing back
  for (const int buffer : {a, view, of_view}) {
    EXPECT_EQ(buffers.last_read(buffer), 5);
    EXPECT_FALSE(buffers.dies(buffer));
    EXPECT_TRUE(buffers.share(a, buffer));
  }
  const int other = buffers.add(64);
  EXPECT_TRUE(buffers.dies(other));
  EXPECT_FALSE(buffers.share(a, other));
}

TEST(Buffers, MayNeverBeOverwrittenWhereTheyKeepTheirOwnPlace) {
  Buffers buffers;
  const int fixed = buffers.add_fixed(), view = buffers.view(fixed);
  buffers.begin_step(9);
  for (const int buffer : {fixed, view}) {
    EXPECT_TRUE(buffers.is_fixed(buffer));
    EXPECT_FALSE(buffers.dies(buffer));
  }
}

// Where they lie.

TEST(Buffers, OfOneKernelLieApartAndViewsLieOnTheirBuffer) {
  Buffers buffers;
  const int a = buffers.add(100), b = buffers.add(100), view = buffers.view(a);
  buffers.touch(std::vector<int>{a, b});
  const Packing packing = buffers.place();
  EXPECT_NE(packing.offsets[a], packing.offsets[b]);
  EXPECT_EQ(packing.offsets[view], packing.offsets[a]);
  EXPECT_EQ(packing.bytes, 228u);
}

TEST(Buffers, KeepTheirBytesWhileAViewIsUsed) {
  Buffers buffers;
  const int a = buffers.add(64), view = buffers.view(a), b = buffers.add(64), c = buffers.add(64);
  buffers.touch(std::vector<int>{a});
  buffers.touch(std::vector<int>{b});
  buffers.touch(std::vector<int>{view});
  buffers.touch(std::vector<int>{c});
  const Packing packing = buffers.place();
  EXPECT_NE(packing.offsets[a], packing.offsets[b]);
  EXPECT_EQ(packing.bytes, 128u) << "c takes the place of one that is done";
}

TEST(Buffers, WithAPlaceOfTheirOwnTakeNoRoom) {
  Buffers buffers;
  const int fixed = buffers.add_fixed(), a = buffers.add(64);
  buffers.touch(std::vector<int>{fixed, a});
  const Packing packing = buffers.place(256);
  EXPECT_EQ(packing.offsets, (std::vector<std::size_t>{0, 0}));
  EXPECT_EQ(packing.bytes, 64u);
}

}  // namespace
