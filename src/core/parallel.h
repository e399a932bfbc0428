#pragma once

#include <functional>
#include <optional>

namespace rfmap::core {

/// The number that a user gave, or all cores that the process may use.
int thread_count(std::optional<int> asked = {});

/// Calls task(0) ... task(count - 1), each once, on `threads` threads; the first exception stops
/// the rest and is rethrown.
void in_parallel(int count, int threads, const std::function<void(int)>& task);

}  // namespace rfmap::core
