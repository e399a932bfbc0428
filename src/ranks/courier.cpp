#include "ranks/courier.h"

#include <algorithm>

#include "rfmap/error.h"

namespace rfmap::ranks {
namespace {

// Between looks for messages: shortly after one, when others may follow, then longer and longer. A
// request waits for a hundredth of a second at most, and a hundred looks a second cost little.
constexpr Seconds kBusy{0.0002}, kShortest{0.001}, kLongest{0.01};
constexpr double kGrowth = 0.1;  // of the time since the last message
constexpr Seconds kAlive{2};
constexpr Seconds kLongestStep{0.5};  // a process that was stopped for longer was not listening

}  // namespace

Courier::Courier(Open open, Take take, Lost lost, Seconds patience)
    : take_(std::move(take)), lost_(std::move(lost)), patience_(patience) {
  std::future<void> opened = opened_.get_future();
  thread_ = std::thread([this, open = std::move(open)] { run(open); });
  try {
    opened.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

Courier::~Courier() {
  {
    const std::lock_guard lock(guard_);
    leaving_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Courier::send(int to, Message message) {
  {
    const std::lock_guard lock(guard_);
    outbox_.emplace_back(to, std::move(message));
  }
  wake_.notify_one();
}

void Courier::run(const Open& open) {
  std::unique_ptr<Transport> transport;
  try {
    transport = open();
    place_ = transport->place();
    silence_.resize(std::size_t(place_.count));
  } catch (...) {
    opened_.set_exception(std::current_exception());
    return;
  }
  opened_.set_value();
  carry(*transport);
}

void Courier::carry(Transport& transport) {
  auto last = Clock::now();
  for (bool more = true; more;) {
    const bool received = receive_all(transport), sent = send_all(transport);
    const auto now = Clock::now();
    const Seconds passed = std::min<Seconds>(now - last, kLongestStep);
    last = now;
    count_silence(transport, passed);
    if ((untold_ += passed) > kAlive) tell_alive(transport);
    const bool busy = received || sent || transport.is_sending();
    quiet_ = busy ? Seconds(0) : quiet_ + passed;
    more = sleep(busy);
  }
}

bool Courier::receive_all(Transport& transport) {
  bool any = false;
  while (auto envelope = transport.receive()) {
    silence_[std::size_t(envelope->from)] = Seconds(0);
    take_(envelope->from, unpacked(envelope->bytes));
    any = true;
  }
  return any;
}

bool Courier::send_all(Transport& transport) {
  std::vector<std::pair<int, Message>> letters;
  {
    const std::lock_guard lock(guard_);
    letters.swap(outbox_);
  }
  for (const auto& [to, message] : letters) transport.send(to, packed(message));
  return !letters.empty();
}

void Courier::tell_alive(Transport& transport) {
  untold_ = Seconds(0);
  const int first = place_.rank == 0 ? 1 : 0, end = place_.rank == 0 ? place_.count : 1;
  for (int rank = first; rank < end; ++rank) transport.send(rank, packed(Message{}));
}

/// Ranks that end the job at different moments leave it together (the transport sees to that).
void Courier::count_silence(Transport& transport, Seconds passed) {
  const int first = place_.rank == 0 ? 1 : 0, end = place_.rank == 0 ? place_.count : 1;
  for (int rank = first; rank < end; ++rank)
    if ((silence_[std::size_t(rank)] += passed) > patience_) {
      lost_(rank);
      transport.abort(kExitFault);
    }
}

/// False: all is said, and this rank leaves.
bool Courier::sleep(bool busy) {
  std::unique_lock lock(guard_);
  if (leaving_ && outbox_.empty() && !busy) return false;
  const Seconds pause = busy ? kBusy : std::clamp(kGrowth * quiet_, kShortest, kLongest);
  if (outbox_.empty()) wake_.wait_for(lock, pause);
  return true;
}

}  // namespace rfmap::ranks
