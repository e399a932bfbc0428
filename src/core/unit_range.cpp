#include "core/unit_range.h"

#include <charconv>

namespace rfmap::core {

std::optional<int> parse_count(std::string_view digits) {
  int value = 0;
  const char* const past = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), past, value);
  if (error != std::errc() || end != past || value < 0 || value > 10'000'000) return std::nullopt;
  return value;
}

std::optional<UnitRange> parse_unit_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_count(text.substr(0, dash));
  const auto last = dash == text.npos ? first : parse_count(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return UnitRange{*first, *last};
}

}  // namespace rfmap::core
