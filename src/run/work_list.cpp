#include "run/work_list.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace rfmap::run {
namespace {

/// Everything at once.
class OnePortion : public WorkList {
 public:
  explicit OnePortion(std::vector<int> items) : items_(std::move(items)) {}
  std::span<const int> left() const override { return items_; }
  std::vector<int> next() override { return std::exchange(items_, {}); }

 private:
  std::vector<int> items_;
};

}  // namespace

std::vector<std::vector<int>> fair_parts(const Costs& costs, int count) {
  std::vector<int> order(costs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return costs[a] > costs[b]; });
  using Load = std::pair<std::int64_t, int>;  // cost so far, shard
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (int shard = 0; shard < count; ++shard) loads.emplace(0, shard);
  std::vector<std::vector<int>> parts(count);
  for (const int item : order) {
    const auto [load, shard] = loads.top();
    loads.pop();
    loads.emplace(load + costs[item], shard);
    parts[shard].push_back(item);
  }
  for (std::vector<int>& part : parts) std::sort(part.begin(), part.end());
  return parts;
}

std::unique_ptr<WorkList> divide(const Costs& costs, const std::optional<Shard>& shard) {
  const Shard own = shard.value_or(Shard{});
  return std::make_unique<OnePortion>(std::move(fair_parts(costs, own.count)[own.index - 1]));
}

}  // namespace rfmap::run
