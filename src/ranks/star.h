#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ranks/courier.h"

namespace rfmap::ranks {

/// Ranks whose messages all go through rank 0: there are few of them, and they are small.
class Star : public Ranks {
 public:
  explicit Star(Courier::Open open, Seconds patience = Seconds(60));

  const Place& place() const override { return courier_.place(); }
  int begin_list() override { return lists_++; }
  std::int64_t draw(int list) override;
  std::vector<std::string> gather(std::string own, const Meanwhile& meanwhile = {}) override;
  std::string share(std::string text, const Meanwhile& meanwhile = {}) override;
  void add_done(int list, std::int64_t count) override;
  std::int64_t done_elsewhere(int list) const override;
  bool stop_asked() const override { return stop_; }
  std::optional<Failure> conclude(std::optional<Failure> own) override;

 private:
  enum class WhenStopped { throws, waits_on };
  template <class Ready>
  void wait(const Ready& ready, WhenStopped when, const Meanwhile& meanwhile = {});
  void tell_done();
  void take(int from, Message message);
  void take_as_first(int from, Message message);
  void end_of(int rank, std::optional<Failure> failure);
  void stop_all();
  std::optional<Failure> worst() const;
  std::optional<Failure> conclude_as_first(std::optional<Failure> own);

  mutable std::mutex guard_;  ///< of what follows, up to the courier
  std::condition_variable changed_;
  std::map<std::int64_t, std::int64_t> next_;            ///< of each list, on rank 0
  std::map<int, std::deque<std::string>> gathered_;      ///< [rank], on rank 0
  std::map<int, std::optional<Failure>> ended_;          ///< [rank], on rank 0
  std::deque<std::int64_t> drawn_;                       ///< answers, elsewhere
  std::deque<std::string> shared_;                       ///< elsewhere
  std::optional<std::optional<Failure>> end_;            ///< elsewhere
  std::map<std::int64_t, std::int64_t> done_elsewhere_;  ///< of each list, on rank 0
  int lists_ = 0;                                        ///< of this rank's own thread, as:
  std::map<int, std::int64_t> untold_;                   ///< done, of each list
  Clock::time_point told_;
  std::atomic<bool> stop_ = false;
  Courier courier_;  ///< last: its thread uses the others
};

}  // namespace rfmap::ranks
