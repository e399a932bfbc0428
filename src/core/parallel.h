#pragma once

#include <functional>

namespace rfmap {

/// Threads for a number that a user gave, where 0 means all cores that the process may use: at
/// least 1.
int thread_count(int asked);

/// Calls task(0) ... task(count - 1), each once, on `threads` threads; the first exception stops
/// the rest and is rethrown.
void in_parallel(int count, int threads, const std::function<void(int)>& task);

}  // namespace rfmap
