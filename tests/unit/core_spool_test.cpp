#include <random>
#include <thread>

#include <gmock/gmock.h>

#include "rfmap/error.h"
#include "rfmap/images.h"
#include "rfmap/spooled.h"

namespace rfmap {
namespace {

using testing::ElementsAre;

TEST(Spooled, HoldsWhatWasAppendedFarBeyondItsMemory) {
  Spooled<std::int32_t> list;
  std::vector<std::int32_t> want;
  std::mt19937 draw(1);
  while (want.size() < 500'000) {
    std::vector<std::int32_t> some(draw() % 5000);
    for (auto& v : some) v = std::int32_t(draw());
    list.append(some);
    want.insert(want.end(), some.begin(), some.end());
  }
  ASSERT_EQ(list.size(), want.size());
  for (int round = 0; round < 200; ++round) {
    const std::size_t first = draw() % want.size();
    std::vector<std::int32_t> got(std::min<std::size_t>(draw() % 200'000, want.size() - first));
    list.read(first, got);
    ASSERT_TRUE(std::equal(got.begin(), got.end(), want.begin() + std::ptrdiff_t(first)));
  }
  std::vector<std::int32_t> all;
  list.for_blocks([&](std::size_t first, std::span<const std::int32_t> block) {
    EXPECT_EQ(first, all.size());
    all.insert(all.end(), block.begin(), block.end());
  });
  EXPECT_EQ(all, want);
  EXPECT_EQ(list.count(want[7]), std::size_t(std::count(want.begin(), want.end(), want[7])));
  EXPECT_THROW(list[want.size()], std::out_of_range);
  EXPECT_THROW(Spooled<int>()[0], std::out_of_range);
}

TEST(Spooled, CopiesAreListsOfTheirOwn) {
  Spooled<std::int64_t> list{1, 2, 3};
  for (const int more : {0, 100'000}) {  // in memory, in a file
    for (int i = 0; i < more; ++i) list.push_back(i);
    Spooled<std::int64_t> copy = list;
    EXPECT_EQ(copy, list);
    copy.push_back(-1);
    EXPECT_FALSE(copy == list);
    EXPECT_EQ(copy.size(), list.size() + 1);
    list.push_back(-2);
    EXPECT_EQ(copy[list.size() - 1], -1);
    EXPECT_EQ(list[list.size() - 1], -2);
    EXPECT_EQ(copy[1], 2);
  }
  EXPECT_THAT((Spooled<int>{4, 5}), ElementsAre(4, 5));
}

TEST(ImageList, HoldsPathsAndLabelsOfAnyBytes) {
  ImageList list;
  EXPECT_TRUE(list.empty());
  std::vector<ImageRef> want;
  for (int i = 0; i < 30'000; ++i) {
    want.push_back({"/p/" + std::string(std::size_t(i % 40), 'x') + std::string("\0\xFF#", 3),
                    i % 3 == 0 ? std::to_string(i) : ""});
    EXPECT_EQ(list.has_labels(), i > 0);
    list.push_back(want.back());
  }
  const ImageList copy = list;
  list.push_back({"one more", ""});
  ASSERT_EQ(copy.size(), want.size());
  const auto look = [&](std::size_t first) {
    for (std::size_t i = first; i < want.size(); i += 2) {
      const ImageRef image = copy[i];
      ASSERT_EQ(image.path, want[i].path);
      ASSERT_EQ(image.label, want[i].label);
    }
  };
  std::thread other(look, 1);
  look(0);
  other.join();
  EXPECT_THROW(copy.at(want.size()), std::out_of_range);
  EXPECT_THROW(ImageList().at(0), std::out_of_range);
  std::size_t seen = 0;
  for (const ImageRef& image : copy) seen += image.path == want[seen].path;
  EXPECT_EQ(seen, want.size());
}

}  // namespace
}  // namespace rfmap
