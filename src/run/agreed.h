#pragma once

#include <algorithm>
#include <string>

#include "run/phase_progress.h"

namespace rfmap::run {

/// Rank 0's number, on all ranks.
inline int agreed(const Run& run, int number) {
  return std::stoi(run.ranks->share(std::to_string(number), stop_while_waiting(run)));
}

/// The least number that a rank has.
inline int least(const Run& run, int number) {
  int least = number;
  for (const std::string& other :
       run.ranks->gather(std::to_string(number), stop_while_waiting(run)))
    least = std::min(least, std::stoi(other));
  return agreed(run, least);
}

}  // namespace rfmap::run
