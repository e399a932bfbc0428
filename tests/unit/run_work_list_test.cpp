// Shares of a phase's items: all of them, each once, and fair.
#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "run/work_list.h"

namespace rfmap::run {
namespace {

std::int64_t sum(const Costs& costs, const std::vector<int>& items) {
  std::int64_t total = 0;
  for (const int item : items) total += costs[item];
  return total;
}

TEST(FairParts, EveryItemIsInOneShardAndLoadsDifferByOneItemAtMost) {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    Costs costs(random() % 60);
    for (std::int64_t& cost : costs) cost = std::int64_t(random() % 9) * 1000;
    const int count = 1 + int(random() % 8);
    std::vector<int> all;
    std::vector<std::int64_t> loads;
    for (const std::vector<int>& part : fair_parts(costs, count)) {
      EXPECT_TRUE(std::is_sorted(part.begin(), part.end()));
      all.insert(all.end(), part.begin(), part.end());
      loads.push_back(sum(costs, part));
    }
    std::sort(all.begin(), all.end());
    std::vector<int> wanted(costs.size());
    std::iota(wanted.begin(), wanted.end(), 0);
    ASSERT_EQ(all, wanted) << "case " << i;
    const auto [least, most] = std::minmax_element(loads.begin(), loads.end());
    const std::int64_t largest = costs.empty() ? 0 : *std::ranges::max_element(costs);
    EXPECT_LE(*most - *least, largest) << "case " << i;
  }
}

TEST(FairParts, EqualItemsGoAround) {
  const std::vector<std::vector<int>> wanted{{0, 3, 6}, {1, 4}, {2, 5}};
  EXPECT_EQ(fair_parts(Costs(7, 512), 3), wanted);
}

TEST(FairParts, ShardsWithoutAnItemGetNone) {
  EXPECT_EQ(fair_parts({5}, 2), (std::vector<std::vector<int>>{{0}, {}}));
  EXPECT_EQ(fair_parts({}, 1), (std::vector<std::vector<int>>{{}}));
}

TEST(ShrinkingPortions, HoldEveryItemOnceAndEndWithSmallOnes) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    Costs costs(1 + random() % 80);
    for (std::int64_t& cost : costs) cost = std::int64_t(random() % 9) * 1000;
    std::vector<int> items;
    for (int item = 0; item < int(costs.size()); ++item)
      if (random() % 3 > 0) items.push_back(item);
    const int ranks = 1 + int(random() % 6);
    std::vector<int> all;
    std::int64_t left = sum(costs, items);
    const std::int64_t largest = *std::ranges::max_element(costs);
    for (const std::vector<int>& portion : shrinking_portions(costs, items, ranks)) {
      EXPECT_TRUE(std::is_sorted(portion.begin(), portion.end()));
      ASSERT_FALSE(portion.empty());
      EXPECT_LE(sum(costs, portion), ranks == 1 ? left : left / (2 * ranks) + largest);
      left -= sum(costs, portion);
      all.insert(all.end(), portion.begin(), portion.end());
    }
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all, items) << "case " << i;
  }
}

TEST(ShrinkingPortions, OfEqualItems) {
  const std::vector<std::vector<int>> wanted{{0, 1}, {2, 3}, {4}, {5}, {6}, {7}};
  std::vector<int> items{0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(shrinking_portions(Costs(8, 512), items, 2), wanted);
  EXPECT_EQ(shrinking_portions(Costs(8, 512), items, 1), std::vector<std::vector<int>>{items});
}

std::unique_ptr<WorkList> divide_undone(const Costs& costs, const std::optional<Shard>& shard) {
  return divide(
      costs, [](int) { return false; }, shard, this_process());
}

TEST(Divide, HandsOutAllAtOnceThenNothing) {
  const auto alone = divide_undone({3, 1, 2}, std::nullopt);
  EXPECT_EQ(alone->left().size(), 3u);
  EXPECT_EQ(alone->next(), (std::vector<int>{0, 1, 2}));
  EXPECT_TRUE(alone->left().empty());
  EXPECT_TRUE(alone->next().empty());
  EXPECT_EQ(divide_undone({3, 1, 2}, Shard{2, 2})->next(), (std::vector<int>{1, 2}));
  EXPECT_EQ(divide_undone({3, 1, 2}, Shard{1, 2})->next(), std::vector<int>{0});
}

TEST(Divide, LeavesOutWhatWasDoneBefore) {
  const auto work = divide(
      {3, 1, 2}, [](int item) { return item == 1; }, std::nullopt, this_process());
  EXPECT_EQ(std::vector<int>(work->done_before().begin(), work->done_before().end()),
            std::vector<int>{1});
  EXPECT_EQ(work->next(), (std::vector<int>{0, 2}));
}

}  // namespace
}  // namespace rfmap::run
