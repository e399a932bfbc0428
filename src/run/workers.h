#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "run/work_list.h"

/// Several devices of one process: each is fed by a thread of its own; results, progress and files
/// are the business of one thread, which waits for them.
namespace rfmap::run {

/// How a worker reaches the thread that waits for it.
class Mailbox {
 public:
  using Task = std::function<void()>;
  virtual ~Mailbox() = default;
  /// The task runs on the waiting thread, after those posted before; waits while many are due. Not
  /// at all once the work is closed from that side.
  virtual void post(Task task) = 0;
  /// Another worker or a task has failed: begin nothing new.
  virtual bool closed() const = 0;
};

using WorkerBody = std::function<void(int worker, Mailbox& mailbox)>;

/// Runs body(0) to body(count - 1), each on its own thread; one alone on this thread, where its
/// tasks run at once. `meanwhile` is called on this thread some times a second. Rethrows what
/// failed first, after all have ended, and an EngineError with the device's place among them; tasks
/// posted before a worker failed run all the same.
void run_workers(int count, const WorkerBody& body, const std::function<void()>& meanwhile);

/// Portions of a list for several workers of this process.
class SharedWork {
 public:
  explicit SharedWork(WorkList& work) : work_(work) {}
  std::vector<int> next() {
    const std::lock_guard lock(guard_);
    return work_.next();
  }

 private:
  WorkList& work_;
  std::mutex guard_;
};

}  // namespace rfmap::run
