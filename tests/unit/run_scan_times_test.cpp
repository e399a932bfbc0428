#include <fstream>
#include <limits>

#include <gmock/gmock.h>

#include "run/blocks.h"
#include "run/scan_times.h"
#include "temporary_folder.h"

namespace rfmap {
using namespace run;
namespace {

TEST(ScanTimes, TheBoundIsWhereTheScanSpentMost) {
  EXPECT_EQ(bound_of({.reading = 9, .decoding = 8, .waiting = 1, .network = 2}), "the network");
  EXPECT_EQ(bound_of({.reading = 9, .decoding = 8, .waiting = 3, .network = 2}), "reading");
  EXPECT_EQ(bound_of({.reading = 7, .decoding = 8, .waiting = 3, .network = 2}), "decoding");
  EXPECT_EQ(bound_of({.waiting = 1, .network = 2, .committing = 3}), "writing parts");
  EXPECT_THAT(describe({.decoding = 4, .waiting = 1.5, .network = 0.25}, 100, 2, 3),
              testing::StartsWith("scanned 100 images in 2.0 s, 50 images/s, bound by decoding"));
  EXPECT_THAT(describe({}, 0, 0, 1), testing::HasSubstr("0 images/s"));
}

TEST(Blocks, GrowWithTheSetSoThatPartsStayFew) {
  EXPECT_EQ(images_per_block(1), 512);
  EXPECT_EQ(images_per_block(1'000'000), 512);
  EXPECT_EQ(images_per_block(100'000'000), 48'828);
  EXPECT_LE(std::numeric_limits<int>::max() / images_per_block(std::numeric_limits<int>::max()),
            32'768);
}

std::vector<int> counts(int images, int size) {
  std::vector<int> counts;
  for (const Block& block : blocks_of(images, size)) counts.push_back(block.count);
  return counts;
}

TEST(Blocks, CoverTheSet) {
  EXPECT_THAT(counts(1100, 512), testing::ElementsAre(512, 512, 76));
  EXPECT_THAT(counts(512, 512), testing::ElementsAre(512));
  EXPECT_EQ(blocks_of(1100, 512).back().first, 1024);
}

TEST(Blocks, AreSmallerForRanksUntilTheFirstIsCommitted) {
  const TemporaryFolder temporary;
  const auto folder = [&](const char* name) {
    return RunFolder(temporary.path() / name, {{"--seed", "0"}}, RunFolder::Existing::refuse);
  };
  RunFolder alone = folder("alone.parts"), ranks = folder("ranks.parts"),
            begun = folder("begun.parts");
  EXPECT_EQ(settle_block_size(10'000, 16, 1, alone), 512);
  EXPECT_EQ(settle_block_size(10'000, 16, 1, alone), 512);
  EXPECT_EQ(settle_block_size(10'000, 16, 4, ranks), 160);  // 156.25 in whole batches
  EXPECT_EQ(settle_block_size(10'000, 16, 8, ranks), 160);
  EXPECT_EQ(block_size(10'000, ranks), 160);
  std::ofstream(begun.scan_part(0)) << "x";
  EXPECT_EQ(settle_block_size(10'000, 16, 4, begun), 512);
}

}  // namespace
}  // namespace rfmap
