#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "run/windows/group.h"
#include "run/windows/programs.h"

namespace rfmap::run {

/// Samples of pairs' own windows after a cut, grouped by program.
class OwnBuckets {
 public:
  struct Entry {
    int pair = 0, sample = 0;
  };
  struct Bucket {
    int target = 0, group = 0;
    ClassPair sizes;
    std::vector<Entry> entries;
  };

  /// Starts empty, for the group's images with this cut.
  OwnBuckets(const WindowGroup& group, WindowPrograms& programs, int cut);
  /// Contains only the given samples of those images.
  void fill(const WindowGroup& group, const Grid& grid, std::span<const WindowSample> samples);
  const std::vector<Bucket>& all() const { return buckets_; }

 private:
  /// The buckets of a pair's samples.
  struct Route {
    int first = -1;  ///< bucket of its first classes; -1: it has no own windows
    int classes_x = 0;
    const int *class_y = nullptr, *class_x = nullptr;  ///< [grid index]
  };

  Route route(const WindowPair& pair, const WindowPrograms::Own& own);

  std::vector<Bucket> buckets_;
  std::map<std::pair<int, int>, int> first_;  ///< bucket of the first classes, by target and group
  std::vector<Route> routes_;                 ///< [pair]
};

}  // namespace rfmap::run
