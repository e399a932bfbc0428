#include "run/workers.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

namespace rfmap::run {
namespace {

constexpr std::size_t kMostDue = 64;  // tasks; more would pile up results in memory
constexpr std::chrono::milliseconds kMeanwhile{50};

/// For the only worker.
class AtOnce : public Mailbox {
 public:
  void post(Task task) override { task(); }
  bool closed() const override { return false; }
};

class Post : public Mailbox {
 public:
  explicit Post(int workers) : at_work_(workers) {}

  void post(Task task) override {
    std::unique_lock lock(guard_);
    room_.wait(lock, [this] { return due_.size() < kMostDue || dropped_; });
    if (dropped_) return;
    due_.push_back(std::move(task));
    news_.notify_one();
  }
  bool closed() const override {
    const std::lock_guard lock(guard_);
    return bool(failure_);
  }
  /// A worker has ended, maybe by a failure.
  void end(std::exception_ptr failure) {
    const std::lock_guard lock(guard_);
    if (!failure_) failure_ = std::move(failure);
    --at_work_;
    news_.notify_one();
  }
  /// Runs tasks until all workers have ended.
  void serve(const std::function<void()>& meanwhile) {
    std::unique_lock lock(guard_);
    while (at_work_ > 0 || !due_.empty()) {
      if (due_.empty() && !news_.wait_for(lock, kMeanwhile, [this] { return is_news(); })) {
        lock.unlock();
        guarded(meanwhile);
        lock.lock();
      }
      if (due_.empty()) continue;
      const Task task = std::move(due_.front());
      due_.pop_front();
      lock.unlock();
      room_.notify_all();
      guarded(task);
      lock.lock();
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  bool is_news() const { return !due_.empty() || at_work_ == 0; }
  /// What fails on this thread leaves later tasks without a purpose.
  void guarded(const Task& task) {
    try {
      task();
    } catch (...) {
      const std::lock_guard lock(guard_);
      if (!failure_) failure_ = std::current_exception();
      dropped_ = true;
      due_.clear();
      room_.notify_all();
    }
  }

  mutable std::mutex guard_;
  std::condition_variable news_, room_;
  std::deque<Task> due_;
  int at_work_;
  bool dropped_ = false;
  std::exception_ptr failure_;
};

void run_body(const WorkerBody& body, int worker, int count, Mailbox& mailbox) {
  try {
    body(worker, mailbox);
  } catch (const OutOfMemory&) {
    throw;
  } catch (const EngineError& error) {
    throw EngineError(fmt::format("device {} of {}: {}", worker + 1, count, error.what()));
  }
}

}  // namespace

void run_workers(int count, const WorkerBody& body, const std::function<void()>& meanwhile) {
  if (count == 1) {
    AtOnce mailbox;
    return body(0, mailbox);
  }
  Post mailbox(count);
  std::vector<std::jthread> threads;
  for (int worker = 0; worker < count; ++worker)
    threads.emplace_back([&, worker] {
      std::exception_ptr failure;
      try {
        run_body(body, worker, count, mailbox);
      } catch (...) {
        failure = std::current_exception();
      }
      mailbox.end(std::move(failure));
    });
  mailbox.serve(meanwhile);
  threads.clear();
  mailbox.rethrow();
}

}  // namespace rfmap::run
