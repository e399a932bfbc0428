#include "run/work_list.h"

#include <algorithm>
#include <functional>
#include <numeric>
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

std::vector<int> fair_part(const Costs& costs, const Shard& shard) {
  std::vector<int> order(costs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return costs[a] > costs[b]; });
  using Load =
      std::pair<std::int64_t, int>;  // (cost so far, shard); a heap with the least in front
  std::vector<Load> loads;
  for (int i = 1; i <= shard.count; ++i) loads.emplace_back(0, i);
  std::vector<int> own;
  for (const int item : order) {
    std::pop_heap(loads.begin(), loads.end(), std::greater<>());
    auto& [load, index] = loads.back();
    load += costs[item];
    if (index == shard.index) own.push_back(item);
    std::push_heap(loads.begin(), loads.end(), std::greater<>());
  }
  std::sort(own.begin(), own.end());
  return own;
}

std::unique_ptr<WorkList> divide(const Costs& costs, const std::optional<Shard>& shard) {
  return std::make_unique<OnePortion>(fair_part(costs, shard.value_or(Shard{})));
}

}  // namespace rfmap::run
