#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rfmap/ranks.h"

/// How ranks divide the cores and GPUs of a machine.
namespace rfmap::ranks {

/// The cores that a process may use (its affinity mask).
struct Cores {
  std::string machine;
  std::vector<int> numbers;
};
Cores own_cores();

/// Threads for a rank that is to use its cores: each core counts for the ranks that may use it in
/// equal parts. At least 1.
int fair_threads(const std::vector<Cores>& of_ranks, int rank);

/// The same for this process among its job's.
int fair_threads(Ranks& ranks);

/// "cuda:N" of the rank's own GPU for "cuda" (and, where there are GPUs, "auto"), with or without
/// "check:"; a device with a number stays, and so does all else. Ranks beyond the GPUs begin again
/// at the first.
std::string own_device(const std::string& device, const Place& place, int gpus);

}  // namespace rfmap::ranks
