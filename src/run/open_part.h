#pragma once

#include <chrono>
#include <cstddef>
#include <future>
#include <optional>

#include "results/parts.h"
#include "run/folder.h"
#include "run/jobs.h"

namespace rfmap::run {

/// The part in hand: opened by its first job, committed after some seconds or megabytes, by a
/// thread of its own while the next one is filled: a disk's sync takes as long as many passes.
/// Nothing else uses HDF5 meanwhile, which knows one thread. Parts are committed in their order.
class OpenPart {
 public:
  /// Of `values` a pair.
  OpenPart(RunFolder& folder, RunFolder::Part kind, int values, double seconds);
  /// Where a part cannot be written, what is not committed is given up.
  void add(const ImageJob& job, const MapResult& result);
  bool empty() const { return !writer_; }
  /// All that is added; on the disk when it returns.
  void commit();

 private:
  void write(const ImageJob& job, const MapResult& result);
  void start_commit();
  void finish_commit();

  RunFolder& folder_;
  RunFolder::Part kind_;
  int values_;
  double seconds_;
  int next_;
  std::optional<results::PartWriter> writer_;
  std::chrono::steady_clock::time_point opened_;
  std::future<void> committing_;  ///< waits in its destructor
};

}  // namespace rfmap::run
