#include <random>

#include <gtest/gtest.h>

#include "plan/memory.h"

using namespace rfmap;
using namespace rfmap::plan;

namespace {

bool overlap(const Block& a, std::size_t at_a, const Block& b, std::size_t at_b) {
  const bool together = a.live.first <= b.live.last && b.live.first <= a.live.last;
  return together && at_a < at_b + b.bytes && at_b < at_a + a.bytes;
}

TEST(Packing, BlocksThatLiveTogetherNeverOverlap) {
  std::mt19937 bits(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Block> blocks(1 + bits() % 30);
    std::size_t sum = 0;
    for (Block& block : blocks) {
      const int first = int(bits() % 20);
      block = {bits() % 1000, {first, first + int(bits() % 8)}};
      sum += (block.bytes + 63) / 64 * 64;
    }
    const Packing packing = pack(blocks);
    EXPECT_LE(packing.bytes, sum);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(packing.offsets[i] % 64, 0u);
      EXPECT_LE(packing.offsets[i] + blocks[i].bytes, packing.bytes);
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_FALSE(overlap(blocks[i], packing.offsets[i], blocks[j], packing.offsets[j]));
    }
  }
}

TEST(Packing, AChainNeedsTwoNeighbours) {
  // Each value is computed from the previous one: at most two are live at a time.
  std::vector<Block> chain;
  for (int i = 0; i < 10; ++i) chain.push_back({640, {i, i + 1}});
  EXPECT_EQ(pack(chain).bytes, 1280u);
}

TEST(Packing, NothingTakesNoRoom) { EXPECT_EQ(pack({}).bytes, 0u); }

TEST(Lifetimes, RunFromTheWriterToTheLastReader) {
  Program program;
  program.values.resize(3);
  program.steps = {
      {LoadImages{}, {}, 0}, {Compute{}, {0}, 1}, {Compute{}, {0, 1}, 2}, {ReadMap{}, {1}, -1}};
  const std::vector<Lifetime> live = lifetimes(program);
  EXPECT_EQ(live[0].first, 0);
  EXPECT_EQ(live[0].last, 2);
  EXPECT_EQ(live[1].first, 1);
  EXPECT_EQ(live[1].last, 3);
  EXPECT_EQ(live[2].first, 2);
  EXPECT_EQ(live[2].last, 2);
}

}  // namespace
