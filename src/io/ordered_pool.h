#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace rfmap::io {

/// make(0), make(1), ..., make(count - 1) on its own threads, at most `window` results ahead of the
/// consumer, delivered in this order. `make` must not throw. May be destroyed at any time: waits
/// for running calls, starts no others.
template <class T>
class OrderedPool {
 public:
  OrderedPool(int count, int threads, int window, std::function<T(int)> make)
      : count_(count), make_(std::move(make)), slots_(std::size_t(std::max(1, window))) {
    const int workers = std::min(std::max(1, threads), count);
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
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
    std::optional<T>& slot = slot_of(delivered_);
    ready_.wait(lock, [&] { return slot.has_value(); });
    std::optional<T> result = std::exchange(slot, std::nullopt);
    ++delivered_;
    room_.notify_one();
    return result;
  }

 private:
  std::optional<T>& slot_of(int job) { return slots_[std::size_t(job) % slots_.size()]; }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, [&] {
        return stopped_ || claimed_ == count_ || claimed_ - delivered_ < int(slots_.size());
      });
      if (stopped_ || claimed_ == count_) break;
      const int job = claimed_++;
      lock.unlock();
      T made = make_(job);
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
  std::vector<std::optional<T>> slots_;
  int claimed_ = 0, delivered_ = 0;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;  // last: joined while the others are still there
};

}  // namespace rfmap::io
