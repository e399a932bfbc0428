#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <sched.h>

namespace rfmap::core {

int thread_count(std::optional<int> asked) {
  if (asked) return *asked;
  cpu_set_t cores;  // those of the process: a batch job may have a part of the machine's
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return std::max(1, int(std::thread::hardware_concurrency()));
}

void in_parallel(int count, int threads, const std::function<void(int)>& task) {
  std::atomic<int> next = 0;
  std::exception_ptr error;
  std::mutex guard;
  const auto work = [&] {
    try {
      for (int i = next++; i < count; i = next++) task(i);
    } catch (...) {
      const std::lock_guard lock(guard);
      if (!error) error = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> workers;
    try {
      for (int i = 1; i < std::min(threads, count); ++i) workers.emplace_back(work);
    } catch (const std::system_error&) {  // the system gives no more threads
    }
    work();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace rfmap::core
