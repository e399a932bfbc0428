#include "ranks/cores.h"

#include <algorithm>

#include <sched.h>
#include <unistd.h>

#include "core/parallel.h"
#include "ranks/bytes.h"

namespace rfmap::ranks {
namespace {

std::string packed_cores(const Cores& cores) {
  return cores.machine + '\n' + bytes_of(cores.numbers);
}

Cores unpacked_cores(const std::string& bytes) {
  const std::size_t end = bytes.find('\n');
  return {bytes.substr(0, end), values_in<int>(bytes.substr(end + 1))};
}

}  // namespace

Cores own_cores() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  Cores cores{name, {}};
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    cores.numbers.resize(std::size_t(core::thread_count()));
    return cores;
  }
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.numbers.push_back(core);
  return cores;
}

int fair_threads(const std::vector<Cores>& of_ranks, int rank) {
  const Cores& own = of_ranks[std::size_t(rank)];
  double share = 0;
  for (const int core : own.numbers)
    share +=
        1.0 / double(std::ranges::count_if(of_ranks, [&](const Cores& other) {
          return other.machine == own.machine && std::ranges::binary_search(other.numbers, core);
        }));
  return std::max(1, int(share + 1e-6));
}

int fair_threads(Ranks& ranks) {
  if (ranks.alone()) return core::thread_count();
  std::vector<Cores> all;
  for (const std::string& cores : ranks.gather(packed_cores(own_cores())))
    all.push_back(unpacked_cores(cores));
  std::vector<int> shares;
  for (int rank = 0; rank < int(all.size()); ++rank) shares.push_back(fair_threads(all, rank));
  return values_in<int>(ranks.share(bytes_of(shares)))[std::size_t(ranks.place().rank)];
}

std::string own_device(const std::string& device, const Place& place, int gpus) {
  constexpr const char* kCheck = "check:";
  if (device == "check") return own_device("check:auto", place, gpus);
  if (device.starts_with(kCheck))
    return kCheck + own_device(device.substr(std::string(kCheck).size()), place, gpus);
  const bool any = device == "cuda" || device == "auto";
  return any && gpus > 0 ? "cuda:" + std::to_string(place.local_rank % gpus) : device;
}

}  // namespace rfmap::ranks
