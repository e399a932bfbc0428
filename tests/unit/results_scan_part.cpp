#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "results/parts.h"
#include "unit/results_sample.h"

namespace rfmap {
using namespace results;
namespace {

ScanPart make_part(bool bottom) {
  ScanPart part;
  part.part = 4;
  part.first_image = 128;
  part.sizes = {{480, 640}, {0, 0}, {100, 90}};
  part.status = {0, 1, 0};
  part.skipped = {"b.jpg: cannot be decoded (caf\xc3\xa9)"};
  part.top = {2, 3, {}};
  for (int i = 0; i < 6; ++i)
    part.top.peaks.push_back({i % 2 ? -1 : 128 + i, 1.5f * float(i), {i, 9 - i}});
  if (bottom) part.bottom = {2, 1, {{130, -4, {1, 2}}, {128, -2, {3, 4}}}};
  return part;
}

void expect_same(const PeakTable& got, const PeakTable& want) {
  ASSERT_EQ(got.peaks.size(), want.peaks.size());
  EXPECT_EQ(got.k, want.k);
  for (std::size_t i = 0; i < want.peaks.size(); ++i) {
    EXPECT_EQ(got.peaks[i].image, want.peaks[i].image);
    EXPECT_EQ(got.peaks[i].activation, want.peaks[i].activation);
    EXPECT_EQ(got.peaks[i].location, want.peaks[i].location);
  }
}

TEST(ScanParts, RoundTrip) {
  const TemporaryFolder folder;
  for (bool bottom : {false, true}) {
    const ScanPart want = make_part(bottom);
    write_scan_part(folder / "s.h5", "abc", want);
    const ScanPart got = read_scan_part(folder / "s.h5", "abc");
    EXPECT_EQ(got.part, want.part);
    EXPECT_EQ(got.first_image, want.first_image);
    EXPECT_EQ(got.sizes, want.sizes);
    EXPECT_EQ(got.status, want.status);
    EXPECT_EQ(got.skipped, want.skipped);
    expect_same(got.top, want.top);
    expect_same(got.bottom, want.bottom);
  }
}

TEST(ScanParts, AnotherKindOrRunIsNamed) {
  const TemporaryFolder folder;
  write_scan_part(folder / "s.h5", "abc", make_part(false));
  EXPECT_THROW(PartsReader({folder / "s.h5"}, "abc"), DataError);
  EXPECT_THROW(read_scan_part(folder / "s.h5", "x"), DataError);
  EXPECT_THROW(read_scan_part(folder / "none.h5", "abc"), DataError);
}

}  // namespace
}  // namespace rfmap
