#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rfmap::core {

/// Shell pattern: * any characters, ? one, [a-z] or [!a-z] one of a set. A lone "[" is itself.
bool glob_match(const std::string& pattern, const std::string& text);
bool is_glob(const std::string& text);

/// Letters to change, insert or remove to get from a to b (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The names nearest to `wanted`, at most `count`, nearest first: those that share most parts of
/// the path (between dots and slashes), then by edit distance.
std::vector<std::string> nearest_names(const std::string& wanted, std::vector<std::string> names,
                                       int count);

}  // namespace rfmap::core
