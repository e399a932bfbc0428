#pragma once

#include <cstddef>

namespace rfmap::run {

/// Throws OutOfMemory where a limit of this process (ulimit -v or -d, the memory of its cgroup)
/// leaves less than `bytes` and what threads and libraries take beside them. Libraries that get no
/// memory may crash: this is told before.
void require_memory(std::size_t bytes, int threads);

}  // namespace rfmap::run
