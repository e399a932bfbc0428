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

TEST(Divide, HandsOutAllAtOnceThenNothing) {
  const auto alone = divide({3, 1, 2}, std::nullopt);
  EXPECT_EQ(alone->left().size(), 3u);
  EXPECT_EQ(alone->next(), (std::vector<int>{0, 1, 2}));
  EXPECT_TRUE(alone->left().empty());
  EXPECT_TRUE(alone->next().empty());
  EXPECT_EQ(divide({3, 1, 2}, Shard{2, 2})->next(), (std::vector<int>{1, 2}));
  EXPECT_EQ(divide({3, 1, 2}, Shard{1, 2})->next(), std::vector<int>{0});
}

}  // namespace
}  // namespace rfmap::run
