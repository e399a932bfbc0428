#include "core/packed_map.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace rfmap::core {
namespace {

constexpr std::size_t kGap = 3;  ///< zeros that are worth another run, which takes two words

/// Minus zero is a value.
bool is_zero(float value) { return std::bit_cast<std::int32_t>(value) == 0; }

struct Run {
  std::size_t begin = 0, end = 0;
};

/// From `begin` on; empty at the end of the map.
Run next_run(std::span<const float> map, std::size_t begin) {
  while (begin < map.size() && is_zero(map[begin])) ++begin;
  Run run{begin, begin};
  for (std::size_t i = begin; i < map.size() && i < run.end + kGap; ++i)
    if (!is_zero(map[i])) run.end = i + 1;
  return run;
}

}  // namespace

void pack_map(std::span<const float> map, std::vector<std::int32_t>& words) {
  const std::size_t start = words.size();
  words.push_back(0);
  for (Run run = next_run(map, 0); run.begin < run.end; run = next_run(map, run.end)) {
    ++words[start];
    words.push_back(std::int32_t(run.begin));
    words.push_back(std::int32_t(run.end - run.begin));
  }
  for (std::size_t i = start + 1, end = words.size(); i < end; i += 2) {
    const std::size_t first = words.size(), count = std::size_t(words[i + 1]);
    words.resize(first + count);
    std::memcpy(&words[first], &map[std::size_t(words[i])], count * sizeof(float));
  }
}

bool unpack_map(std::span<const std::int32_t> words, std::span<float> map) {
  std::ranges::fill(map, 0.f);
  if (words.empty() || words[0] < 0 || std::size_t(words[0]) > (words.size() - 1) / 2) return false;
  const auto runs = words.subspan(1, 2 * std::size_t(words[0]));
  std::span<const std::int32_t> values = words.subspan(1 + runs.size());
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    const std::size_t first = std::size_t(runs[i]), count = std::size_t(runs[i + 1]);
    if (runs[i] < 0 || runs[i + 1] < 1 || count > values.size() || first > map.size() ||
        count > map.size() - first)
      return false;
    std::memcpy(&map[first], values.data(), count * sizeof(float));
    values = values.subspan(count);
  }
  return values.empty();
}

}  // namespace rfmap::core
