#pragma once

#include <omp.h>

namespace rfmap::onednn {

/// This thread's OpenMP thread count, set for a while. oneDNN sizes its work by it when a primitive
/// is made and again when it runs, so both must see the same.
class ThreadScope {
 public:
  explicit ThreadScope(int threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(threads);
  }
  ~ThreadScope() { omp_set_num_threads(before_); }
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

}  // namespace rfmap::onednn
