#include <fstream>
#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "results/h5/attribute_io.h"
#include "results/parts.h"
#include "unit/results_sample.h"

/// HDF5 1.10 leaks some memory when it rejects a damaged file.
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

namespace rfmap {
using namespace results;
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kPositions = 37;

std::vector<float> change_of(std::int64_t pair) {
  std::mt19937 draw{static_cast<unsigned>(pair)};
  std::normal_distribution<float> normal;
  std::vector<float> change(kPositions);
  for (float& v : change) v = normal(draw);
  return change;
}

/// Part p holds the pairs p, p + parts, p + 2 parts, ... below `pairs`.
std::vector<std::string> write_parts(const TemporaryFolder& folder, int parts, int pairs) {
  std::vector<std::string> paths;
  for (int p = 0; p < parts; ++p) {
    paths.push_back(folder / ("part" + std::to_string(p) + ".h5"));
    PartWriter writer(paths.back(), "abc", p, kPositions);
    for (std::int64_t pair = p; pair < pairs; pair += parts)
      writer.add(pair, change_of(pair), 0.5f * float(pair));
    writer.commit();
  }
  return paths;
}

std::string data_error(const std::function<void()>& act) {
  try {
    act();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}

TEST(Parts, RoundTripInAnyOrderWithFewOpenFiles) {
  const TemporaryFolder folder;
  constexpr int kPairs = 53;
  PartsReader reader(write_parts(folder, 9, kPairs), "abc", 3);
  EXPECT_EQ(reader.pairs(), std::size_t(kPairs));
  std::vector<float> change(kPositions);
  int read = 0;
  for (int i = 0; i < 2 * kPairs; ++i, ++read) {
    const std::int64_t pair = i * 20 % kPairs;
    EXPECT_EQ(reader.read(pair, change), 0.5f * float(pair));
    EXPECT_EQ(change, change_of(pair));
  }
  EXPECT_EQ(read, 2 * kPairs);
  EXPECT_TRUE(reader.contains(52));
  EXPECT_FALSE(reader.contains(53));
}

TEST(Parts, APartWithoutPairsIsWhole) {
  const TemporaryFolder folder;
  PartsReader reader(write_parts(folder, 3, 2), "abc");
  EXPECT_EQ(reader.pairs(), 2u);
}

TEST(Parts, AnAbandonedPartLeavesNothing) {
  const TemporaryFolder folder;
  {
    PartWriter writer(folder / "p.h5", "abc", 0, kPositions);
    writer.add(1, change_of(1), 0);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Parts, WhatIsWrongIsNamed) {
  const TemporaryFolder folder;
  const auto paths = write_parts(folder, 2, 6);
  const auto open = [&](std::vector<std::string> list, const std::string& fingerprint) {
    return data_error([&] { PartsReader(list, fingerprint); });
  };
  EXPECT_EQ(open(paths, "abc"), "no DataError");
  EXPECT_THAT(open(paths, "abd"), AllOf(HasSubstr("part0.h5: its fingerprint is \"abc\""),
                                        HasSubstr("this run's is \"abd\"")));
  EXPECT_THAT(open({paths[0], folder / "none.h5"}, "abc"), HasSubstr("none.h5: this part of the"));
  EXPECT_THAT(open({paths[1], paths[1]}, "abc"),
              HasSubstr("part1.h5: holds pair 1, which another"));
  std::vector<float> change(kPositions), wide(kPositions + 1);
  PartsReader reader(paths, "abc");
  EXPECT_THAT(data_error([&] { reader.read(77, change); }),
              HasSubstr("pair 77 is in none of the 2"));
  EXPECT_THAT(data_error([&] { reader.read(1, wide); }),
              HasSubstr("has 37 grid positions, not 38"));
}

TEST(Parts, OfAnEarlierFormatAreRefused) {
  const TemporaryFolder folder;
  {
    const h5::File file(H5Fcreate((folder / "p.h5").c_str(), H5F_ACC_TRUNC, 0, 0));
    h5::write_attributes(file.get(), {{"format", std::string("rfmap-part-1")},
                                      {"kind", std::string("change")},
                                      {"fingerprint", std::string("abc")}});
  }
  EXPECT_EQ(data_error([&] { PartsReader({folder / "p.h5"}, "abc"); }),
            folder / "p.h5" +
                ": its format is \"rfmap-part-1\", this run's is \"rfmap-part-2\"; "
                "remove it to measure it again");
}

TEST(Parts, DamageIsFound) {
  const TemporaryFolder folder;
  const auto paths = write_parts(folder, 2, 40);
  const auto size = std::filesystem::file_size(paths[1]);
  std::filesystem::resize_file(paths[1], size / 2);
  EXPECT_THAT(data_error([&] { PartsReader(paths, "abc"); }), HasSubstr("part1.h5: damaged"));
  std::fstream bytes(paths[0], std::ios::in | std::ios::out | std::ios::binary);
  std::string content(std::filesystem::file_size(paths[0]), '\0');
  bytes.read(content.data(), std::streamsize(content.size()));
  std::vector<float> change(kPositions);
  int found = 0;
  for (std::size_t i = 0; i < content.size(); i += 97) {  // one flipped byte at a time
    std::string flipped = content;
    flipped[i] = char(flipped[i] ^ 0x04);
    bytes.seekp(0);
    bytes.write(flipped.data(), std::streamsize(flipped.size()));
    bytes.flush();
    const std::string said = data_error([&] {
      PartsReader reader({paths[0]}, "abc");
      for (std::int64_t pair = 0; pair < 40; pair += 2) {
        reader.read(pair, change);
        ASSERT_EQ(change, change_of(pair)) << "byte " << i;
      }
    });
    found += said != "no DataError";
  }
  EXPECT_GT(found, 20);  // flipped bytes without meaning may stay undetected; wrong numbers never
}

}  // namespace
}  // namespace rfmap
