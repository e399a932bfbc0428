#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/occlusion.h"

#include "core/unit_range.h"
#include "run/hash_name.h"
#include "run/run.h"

namespace rfmap::run {
namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw ConfigError("--units " + text + ": " + why +
                    "; write all, 0-63, 3,7 or random:N (channels count from 0)");
}

/// `count` of `channels`, by sorting channels after a random word each.
std::vector<int> draw(int count, int channels, std::uint64_t seed, const std::string& layer) {
  const std::uint64_t h = hash_name(layer);
  const std::uint32_t key[2] = {std::uint32_t(seed), std::uint32_t(seed >> 32)};
  std::vector<std::pair<std::uint32_t, int>> order;
  for (int c = 0; c < channels; ++c) {
    const std::uint32_t counter[4] = {std::uint32_t(c), std::uint32_t(h), std::uint32_t(h >> 32),
                                      0x756e6974u};
    order.emplace_back(philox(counter, key), c);
  }
  std::sort(order.begin(), order.end());
  std::vector<int> units;
  for (int i = 0; i < std::min(count, channels); ++i) units.push_back(order[i].second);
  std::sort(units.begin(), units.end());
  return units;
}

}  // namespace

std::vector<int> parse_units(const std::string& text, int channels, std::uint64_t seed,
                             const std::string& layer) {
  if (text == "all") {
    std::vector<int> units(channels);
    std::iota(units.begin(), units.end(), 0);
    return units;
  }
  if (text.starts_with("random:")) {
    const auto count = core::parse_count(std::string_view(text).substr(std::strlen("random:")));
    if (!count || *count == 0) refuse(text, "N must be a number above 0");
    return draw(*count, channels, seed, layer);
  }
  std::set<int> units;
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ',');) {
    const auto range = core::parse_unit_range(item);
    if (!range) refuse(text, fmt::format("\"{}\" is not a channel or a range of channels", item));
    for (int c = range->first; c <= std::min(range->last, channels - 1); ++c) units.insert(c);
  }
  if (units.empty())
    refuse(text,
           "layer " + layer + " has " + std::to_string(channels) + " channels, none of these");
  return {units.begin(), units.end()};
}

}  // namespace rfmap::run
