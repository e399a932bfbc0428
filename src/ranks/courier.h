#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "ranks/message.h"
#include "ranks/transport.h"

namespace rfmap::ranks {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// The thread that carries this rank's messages while the others compute: MPI calls come from it
/// alone, and between them it sleeps (Open MPI would wait at full speed).
class Courier {
 public:
  using Open = std::function<std::unique_ptr<Transport>()>;
  /// Called on the courier's thread; must not throw.
  using Take = std::function<void(int from, Message message)>;
  /// Called on the courier's thread when a rank has been silent for `patience` seconds in which
  /// this process ran; the job is aborted after it.
  using Lost = std::function<void(int rank)>;

  /// Throws what `open` throws. Rank 0 hears all others, the others hear rank 0.
  Courier(Open open, Take take, Lost lost, Seconds patience);
  /// Sends what is left and leaves the job.
  ~Courier();
  Courier(const Courier&) = delete;

  const Place& place() const { return place_; }
  void send(int to, Message message);

 private:
  void run(const Open& open);
  void carry(Transport& transport);
  bool receive_all(Transport& transport);
  bool send_all(Transport& transport);
  void tell_alive(Transport& transport);
  void count_silence(Transport& transport, Seconds passed);
  bool sleep(bool busy);

  Take take_;
  Lost lost_;
  Seconds patience_;
  Place place_;
  std::vector<std::pair<int, Message>> outbox_;
  bool leaving_ = false;
  std::mutex guard_;  ///< of outbox_ and leaving_
  std::condition_variable wake_;
  std::vector<Seconds> silence_;  ///< [rank]
  Seconds untold_{};              ///< since the others were told that this rank is alive
  Seconds quiet_{};               ///< since the last message
  std::promise<void> opened_;
  std::thread thread_;
};

}  // namespace rfmap::ranks
