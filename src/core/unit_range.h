#pragma once

#include <optional>
#include <string_view>

namespace rfmap::core {

/// A whole number from 0 to 10 million.
std::optional<int> parse_count(std::string_view digits);

/// Channels, both inclusive, counted from 0.
struct UnitRange {
  int first = 0, last = 0;
};

/// "7" or "3-5"; none where it is neither, or runs backwards.
std::optional<UnitRange> parse_unit_range(std::string_view text);

}  // namespace rfmap::core
