#include <limits>

#include <gmock/gmock.h>

#include "run/scan.h"
#include "run/scan_times.h"

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

}  // namespace
}  // namespace rfmap
