#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "rfmap/method.h"
#include "rfmap/ranks.h"

/// Which items of a phase (blocks of the scan, images of the occluded passes) this process does.
namespace rfmap::run {

/// Of each item, in any unit; whole numbers, so that every machine divides them alike.
using Costs = std::vector<std::int64_t>;

/// Items of one phase that come to this process, in one or several portions.
class WorkList {
 public:
  virtual ~WorkList() = default;
  /// Items that may still come to this process, ascending.
  virtual std::span<const int> left() const = 0;
  /// Items of this process, on rank 0 of all, that were done before, ascending.
  virtual std::span<const int> done_before() const = 0;
  /// The next portion, ascending; empty where nothing is left for this process.
  virtual std::vector<int> next() = 0;

  /// Tells rank 0 how much of the work is done, in a unit of the caller's.
  virtual void add_done(std::int64_t count) = 0;
  /// On rank 0: what other ranks have told.
  virtual std::int64_t done_elsewhere() const = 0;
};

/// Items of each of `count` shards, ascending: the costliest go first, each to the shard with the
/// least cost so far. Every item is in exactly one shard; the costs of two shards differ by at most
/// one item's.
std::vector<std::vector<int>> fair_parts(const Costs& costs, int count);

/// Portions of the items for `ranks` processes that take one after the other: the costliest items
/// first, each portion about half of a fair share of what is left, so that they are large at first
/// and end with single items. Ascending inside a portion.
std::vector<std::vector<int>> shrinking_portions(const Costs& costs, std::span<const int> items,
                                                 int ranks);

/// The shard's fair part, or all items, as one portion; among several ranks, or `workers` of each,
/// portions that each draws when it has done the one before. `is_done` is asked on rank 0 only; the
/// others wait for it, `meanwhile` as in Ranks.
std::unique_ptr<WorkList> divide(const Costs& costs, const std::function<bool(int item)>& is_done,
                                 const std::optional<Shard>& shard, std::shared_ptr<Ranks> ranks,
                                 const Ranks::Meanwhile& meanwhile = {}, int workers = 1);

}  // namespace rfmap::run
