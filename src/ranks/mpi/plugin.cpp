#include "ranks/mpi/plugin.h"

#include <algorithm>
#include <cstdlib>
#include <list>
#include <map>
#include <utility>

#include <mpi.h>

namespace rfmap::ranks {
namespace {

// A message of more bytes goes in pieces: MPI counts them by int.
constexpr std::size_t kPiece = std::size_t(1) << 30;
constexpr int kMore = 1, kLast = 2;  // tags

int local(int (*of)(MPI_Comm, int*), MPI_Comm machine) {
  int value = 0;
  of(machine, &value);
  return value;
}

/// MPI's errors end the job with MPI's own words (its default).
class MpiTransport : public Transport {
 public:
  MpiTransport() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm machine;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    place_ = {local(MPI_Comm_rank, MPI_COMM_WORLD), local(MPI_Comm_size, MPI_COMM_WORLD),
              local(MPI_Comm_rank, machine), local(MPI_Comm_size, machine)};
    MPI_Comm_free(&machine);
  }
  ~MpiTransport() override {
    for (Sent& sent : sent_) MPI_Wait(&sent.request, MPI_STATUS_IGNORE);
    while (receive()) continue;  // signs of life that came late
    MPI_Finalize();
  }

  Place place() const override { return place_; }

  void send(int to, std::string bytes) override {
    std::size_t begin = 0;
    do {
      const std::size_t count = std::min(kPiece, bytes.size() - begin);
      const bool last = begin + count == bytes.size();
      Sent& sent = sent_.emplace_back();
      sent.bytes = begin == 0 && last ? std::move(bytes) : bytes.substr(begin, count);
      MPI_Isend(sent.bytes.data(), int(count), MPI_BYTE, to, last ? kLast : kMore, MPI_COMM_WORLD,
                &sent.request);
      if (last) return;
      begin += count;
    } while (true);
  }

  std::optional<Envelope> receive() override {
    for (;;) {
      int there = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
      if (!there) return std::nullopt;
      int count = 0;
      MPI_Get_count(&status, MPI_BYTE, &count);
      std::string& whole = pieces_[status.MPI_SOURCE];
      const std::size_t before = whole.size();
      whole.resize(before + std::size_t(count));
      MPI_Recv(whole.data() + before, count, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG,
               MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (status.MPI_TAG == kLast)
        return Envelope{status.MPI_SOURCE, std::exchange(whole, std::string())};
    }
  }

  bool is_sending() override {
    std::erase_if(sent_, [](Sent& sent) {
      int done = 0;
      MPI_Test(&sent.request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
    return !sent_.empty();
  }

  [[noreturn]] void abort(int exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::abort();
  }

 private:
  struct Sent {
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  Place place_;
  std::list<Sent> sent_;
  std::map<int, std::string> pieces_;  ///< [rank] of a message that has begun
};

}  // namespace
}  // namespace rfmap::ranks

extern "C" rfmap::ranks::Transport* rfmap_open_mpi() { return new rfmap::ranks::MpiTransport; }
