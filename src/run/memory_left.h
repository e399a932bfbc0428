#pragma once

#include <cstddef>
#include <filesystem>

namespace rfmap::run {

/// Throws OutOfMemory where a limit of this process (ulimit -v or -d, or its share of its cgroup's
/// memory with the other `ranks` of its machine) leaves less than `bytes` and what threads and
/// libraries take beside them. Libraries that get no memory may crash: this is told before.
void require_memory(std::size_t bytes, int threads, int ranks);

/// Bytes that a cgroup (version 2) and those above it leave to one of `ranks` processes, infinite
/// without a limit: an equal share of the limit less `own_bytes`, which the process has; not more
/// than what is free. `root` has the folders of all groups, and `group` is a path from there.
double left_in_cgroup(const std::filesystem::path& root, const std::filesystem::path& group,
                      int ranks, double own_bytes);

}  // namespace rfmap::run
