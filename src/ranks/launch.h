#pragma once

#include <functional>
#include <string>

namespace rfmap::ranks {

/// What a launcher's environment variables say of this process.
struct Launch {
  int rank = 0, count = 1;
  bool operator==(const Launch&) const = default;
};

/// `variable` gives a variable's value, empty where it is not set. A plain srun, which leaves its
/// processes to themselves, starts one process each.
Launch launch_of(const std::function<std::string(const char*)>& variable);

}  // namespace rfmap::ranks
