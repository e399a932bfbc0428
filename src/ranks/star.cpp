#include "ranks/star.h"

#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"

namespace rfmap::ranks {
namespace {

constexpr Seconds kMeanwhile{0.05}, kTellDone{0.2};

Message as_message(Kind kind, const std::optional<Failure>& failure) {
  return failure ? Message{kind, failure->exit_code, 0, failure->sentence} : Message{kind};
}

std::optional<Failure> failure_in(const Message& message) {
  if (message.number == 0) return std::nullopt;
  return Failure{int(message.number), message.text};
}

void tell_lost(int rank, Seconds patience) {
  log::write(
      log::Level::error,
      fmt::format("rank {} has given no sign of life for {:.0f} s, so the job ends; continue "
                  "it with --resume",
                  rank, patience.count()));
}

}  // namespace

Star::Star(Courier::Open open, Seconds patience)
    : courier_(
          std::move(open), [this](int from, Message m) { take(from, std::move(m)); },
          [patience](int rank) { tell_lost(rank, patience); }, patience) {}

template <class Ready>
void Star::wait(const Ready& ready, WhenStopped when, const Meanwhile& meanwhile) {
  std::unique_lock lock(guard_);
  while (!ready()) {
    if (stop_ && when == WhenStopped::throws)
      throw Interrupted("interrupted while waiting for the other ranks");
    changed_.wait_for(lock, kMeanwhile);
    if (!meanwhile) continue;
    lock.unlock();
    meanwhile();
    lock.lock();
  }
}

std::int64_t Star::draw(int list) {
  if (first()) {
    const std::lock_guard lock(guard_);
    return next_[list]++;
  }
  courier_.send(0, {Kind::draw, 0, list});
  wait([this] { return !drawn_.empty(); }, WhenStopped::throws);
  const std::lock_guard lock(guard_);
  const std::int64_t number = drawn_.front();
  drawn_.pop_front();
  return number;
}

std::vector<std::string> Star::gather(std::string own, const Meanwhile& meanwhile) {
  if (!first()) {
    tell_done();
    courier_.send(0, {Kind::gathered, 0, 0, std::move(own)});
    return {};
  }
  std::vector<std::string> all{std::move(own)};
  for (int rank = 1; rank < place().count; ++rank) {
    wait([&] { return !gathered_[rank].empty(); }, WhenStopped::throws, meanwhile);
    const std::lock_guard lock(guard_);
    all.push_back(std::move(gathered_[rank].front()));
    gathered_[rank].pop_front();
  }
  return all;
}

std::string Star::share(std::string text, const Meanwhile& meanwhile) {
  if (first()) {
    for (int rank = 1; rank < place().count; ++rank)
      courier_.send(rank, {Kind::shared, 0, 0, text});
    return text;
  }
  wait([this] { return !shared_.empty(); }, WhenStopped::throws, meanwhile);
  const std::lock_guard lock(guard_);
  std::string given = std::move(shared_.front());
  shared_.pop_front();
  return given;
}

void Star::add_done(int list, std::int64_t count) {
  if (first()) return;
  untold_[list] += count;
  if (Clock::now() - told_ > kTellDone) tell_done();
}

void Star::tell_done() {
  for (const auto& [list, count] : untold_) courier_.send(0, {Kind::done, count, list});
  untold_.clear();
  told_ = Clock::now();
}

std::int64_t Star::done_elsewhere(int list) const {
  const std::lock_guard lock(guard_);
  const auto found = done_elsewhere_.find(list);
  return found == done_elsewhere_.end() ? 0 : found->second;
}

std::optional<Failure> Star::conclude(std::optional<Failure> own) {
  if (first()) return conclude_as_first(std::move(own));
  courier_.send(0, as_message(Kind::ended, own));
  wait([this] { return end_.has_value(); }, WhenStopped::waits_on);
  return *end_;
}

std::optional<Failure> Star::conclude_as_first(std::optional<Failure> own) {
  {
    const std::lock_guard lock(guard_);
    end_of(0, std::move(own));
  }
  wait([this] { return int(ended_.size()) == place().count; }, WhenStopped::waits_on);
  std::optional<Failure> failure = worst();
  for (int rank = 1; rank < place().count; ++rank)
    courier_.send(rank, as_message(Kind::end, failure));
  return failure;
}

void Star::take(int from, Message message) {
  {
    const std::lock_guard lock(guard_);
    switch (message.kind) {
      case Kind::alive:
        return;
      case Kind::drawn:
        drawn_.push_back(message.number);
        break;
      case Kind::shared:
        shared_.push_back(std::move(message.text));
        break;
      case Kind::stop:
        stop_ = true;
        break;
      case Kind::end:
        end_ = failure_in(message);
        break;
      default:
        take_as_first(from, std::move(message));
    }
  }
  changed_.notify_one();
}

void Star::take_as_first(int from, Message message) {
  if (message.kind == Kind::draw) courier_.send(from, {Kind::drawn, next_[message.list]++});
  if (message.kind == Kind::gathered) gathered_[from].push_back(std::move(message.text));
  if (message.kind == Kind::done) done_elsewhere_[message.list] += message.number;
  if (message.kind == Kind::ended) end_of(from, failure_in(message));
}

void Star::end_of(int rank, std::optional<Failure> failure) {
  if (failure) stop_all();
  ended_[rank] = std::move(failure);
}

void Star::stop_all() {
  if (stop_.exchange(true)) return;
  for (int rank = 1; rank < place().count; ++rank) courier_.send(rank, {Kind::stop});
}

/// Who was only told to stop says so by an interruption: another's error is the reason.
std::optional<Failure> Star::worst() const {
  std::optional<Failure> worst;
  for (const auto& [rank, failure] : ended_) {
    if (!failure) continue;
    const bool error = failure->exit_code != kExitInterrupted;
    if (!worst || (worst->exit_code == kExitInterrupted && error)) {
      worst = failure;
      if (error && rank > 0) worst->sentence = fmt::format("rank {}: {}", rank, failure->sentence);
    }
  }
  return worst;
}

}  // namespace rfmap::ranks
