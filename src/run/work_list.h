#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "rfmap/method.h"

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
  /// The next portion, ascending; empty where nothing is left for this process.
  virtual std::vector<int> next() = 0;
};

/// Items of each of `count` shards, ascending: the costliest go first, each to the shard with the
/// least cost so far. Every item is in exactly one shard; the costs of two shards differ by at most
/// one item's.
std::vector<std::vector<int>> fair_parts(const Costs& costs, int count);

/// The shard's fair part, or all items, as one portion.
std::unique_ptr<WorkList> divide(const Costs& costs, const std::optional<Shard>& shard);

}  // namespace rfmap::run
