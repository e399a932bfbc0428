#include "run/work_list.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

#include "ranks/bytes.h"

namespace rfmap::run {
using namespace ranks;
namespace {

std::vector<int> costliest_first(const Costs& costs, std::vector<int> items) {
  std::stable_sort(items.begin(), items.end(), [&](int a, int b) { return costs[a] > costs[b]; });
  return items;
}

/// Portions that all ranks know, and draw by their number.
class DrawnPortions : public WorkList {
 public:
  DrawnPortions(std::vector<std::vector<int>> portions, std::vector<int> done,
                std::shared_ptr<Ranks> ranks)
      : portions_(std::move(portions)),
        done_(std::move(done)),
        ranks_(std::move(ranks)),
        list_(ranks_->begin_list()) {
    leave_from(0);
  }
  std::span<const int> left() const override { return left_; }
  std::span<const int> done_before() const override { return done_; }
  std::vector<int> next() override {
    if (left_.empty()) return {};
    const auto number = std::size_t(ranks_->draw(list_));
    leave_from(number + 1);
    return number < portions_.size() ? portions_[number] : std::vector<int>();
  }
  void add_done(std::int64_t count) override { ranks_->add_done(list_, count); }
  std::int64_t done_elsewhere() const override { return ranks_->done_elsewhere(list_); }

 private:
  void leave_from(std::size_t portion) {
    left_.clear();
    for (; portion < portions_.size(); ++portion)
      left_.insert(left_.end(), portions_[portion].begin(), portions_[portion].end());
    std::sort(left_.begin(), left_.end());
  }

  std::vector<std::vector<int>> portions_;
  std::vector<int> left_, done_;
  std::shared_ptr<Ranks> ranks_;
  int list_;
};

}  // namespace

std::vector<std::vector<int>> fair_parts(const Costs& costs, int count) {
  std::vector<int> all(costs.size());
  std::iota(all.begin(), all.end(), 0);
  using Load = std::pair<std::int64_t, int>;  // cost so far, shard
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (int shard = 0; shard < count; ++shard) loads.emplace(0, shard);
  std::vector<std::vector<int>> parts(count);
  for (const int item : costliest_first(costs, std::move(all))) {
    const auto [load, shard] = loads.top();
    loads.pop();
    loads.emplace(load + costs[item], shard);
    parts[shard].push_back(item);
  }
  for (std::vector<int>& part : parts) std::sort(part.begin(), part.end());
  return parts;
}

std::vector<std::vector<int>> shrinking_portions(const Costs& costs, std::span<const int> items,
                                                 int ranks) {
  const auto cost = [&](int item) { return std::max<std::int64_t>(costs[item], 1); };
  std::int64_t left = 0;
  for (const int item : items) left += cost(item);
  std::vector<std::vector<int>> portions;
  std::int64_t wanted = 0;  // of the last portion, at least
  for (const int item : costliest_first(costs, {items.begin(), items.end()})) {
    if (wanted <= 0) {
      portions.emplace_back();
      wanted = ranks == 1 ? left : left / (2 * ranks);
    }
    portions.back().push_back(item);
    wanted -= cost(item);
    left -= cost(item);
  }
  for (std::vector<int>& portion : portions) std::sort(portion.begin(), portion.end());
  return portions;
}

std::unique_ptr<WorkList> divide(const Costs& costs, const std::function<bool(int item)>& is_done,
                                 const std::optional<Shard>& shard, std::shared_ptr<Ranks> ranks,
                                 const Ranks::Meanwhile& meanwhile, int workers) {
  const Shard part = shard.value_or(Shard{});
  std::vector<int> left, done;
  if (ranks->first()) {
    const std::vector<std::vector<int>> parts = fair_parts(costs, part.count);
    for (const int item : parts[part.index - 1]) (is_done(item) ? done : left).push_back(item);
  }
  left = values_in<int>(ranks->share(bytes_of(left), meanwhile));
  auto portions = shrinking_portions(costs, left, ranks->place().count * workers);
  return std::make_unique<DrawnPortions>(std::move(portions), std::move(done), std::move(ranks));
}

}  // namespace rfmap::run
