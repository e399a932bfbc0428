#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rfmap::core {

/// Appends a map without its zeros: the number of runs, first position and length of each run, the
/// bits of all runs' values. At most three words more than the map has values.
void pack_map(std::span<const float> map, std::vector<std::int32_t>& words);

/// The same bits again. False where the words are not those of a map of this size.
bool unpack_map(std::span<const std::int32_t> words, std::span<float> map);

}  // namespace rfmap::core
