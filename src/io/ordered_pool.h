#pragma once

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace rfmap::io {

/// make(0), make(1), ..., make(count - 1) on its own threads, at most `window` results ahead of the
/// consumer, delivered in this order; what `make` throws, next() rethrows in its place. May be
/// destroyed at any time: waits for running calls, starts no others. Fewer threads where the system
/// gives no more; std::system_error where it gives none.
template <class T>
class OrderedPool {
 public:
  OrderedPool(int count, int threads, int window, std::function<T(int)> make)
      : count_(count), make_(std::move(make)), slots_(std::size_t(std::max(1, window))) {
    const int workers = std::min(std::max(1, threads), count);
    threads_.reserve(std::size_t(std::max(0, workers)));  // a failure here leaves none waiting
    try {
      for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;
    }
  }
  ~OrderedPool() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_all();
  }
  OrderedPool(const OrderedPool&) = delete;
  OrderedPool& operator=(const OrderedPool&) = delete;

  /// The next result, or nothing at the end. One consumer. Blocks.
  std::optional<T> next() {
    std::unique_lock lock(mutex_);
    if (delivered_ == count_) return std::nullopt;
    Slot& slot = slot_of(delivered_);
    ready_.wait(lock, [&] { return slot.made || slot.fault; });
    Slot taken = std::exchange(slot, {});
    ++delivered_;
    room_.notify_one();
    if (taken.fault) std::rethrow_exception(taken.fault);
    return std::move(taken.made);
  }

 private:
  struct Slot {
    std::optional<T> made;
    std::exception_ptr fault;
  };
  Slot make(int job) const {
    try {
      return {make_(job), nullptr};
    } catch (...) {
      return {std::nullopt, std::current_exception()};
    }
  }
  Slot& slot_of(int job) { return slots_[std::size_t(job) % slots_.size()]; }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, [&] {
        return stopped_ || claimed_ == count_ || claimed_ - delivered_ < int(slots_.size());
      });
      if (stopped_ || claimed_ == count_) break;
      const int job = claimed_++;
      lock.unlock();
      Slot made = make(job);
      lock.lock();
      slot_of(job) = std::move(made);
      ready_.notify_one();
    }
    room_.notify_one();  // wakes the next waiting worker at the end
  }

  const int count_;
  const std::function<T(int)> make_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::vector<Slot> slots_;
  int claimed_ = 0, delivered_ = 0;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;  // last: joined while the others are still there
};

}  // namespace rfmap::io
