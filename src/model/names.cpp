#include "model/names.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace rfmap::importing {
namespace {

/// Length of the set "[...]" at the pattern's start, or 0 where it does not close.
std::size_t set_length(const char* pattern) {
  std::size_t i = 1;
  if (pattern[i] == '!' || pattern[i] == '^') ++i;
  if (pattern[i] == ']') ++i;
  while (pattern[i] && pattern[i] != ']') ++i;
  return pattern[i] ? i + 1 : 0;
}

bool in_set(const char* set, std::size_t length, char c) {
  std::size_t i = 1;
  const bool negated = set[i] == '!' || set[i] == '^';
  if (negated) ++i;
  bool found = false;
  for (; i + 1 < length; ++i) {
    if (i + 3 < length && set[i + 1] == '-') {
      found |= set[i] <= c && c <= set[i + 2];
      i += 2;
    } else {
      found |= set[i] == c;
    }
  }
  return found != negated;
}

bool match(const char* pattern, const char* text) {
  if (*pattern == '*') {
    while (*pattern == '*') ++pattern;
    if (!*pattern) return true;
    for (; *text; ++text)
      if (match(pattern, text)) return true;
    return false;
  }
  if (!*pattern || !*text) return !*pattern && !*text;
  const std::size_t length = *pattern == '[' ? set_length(pattern) : 0;
  if (length) return in_set(pattern, length, *text) && match(pattern + length, text + 1);
  return (*pattern == '?' || *pattern == *text) && match(pattern + 1, text + 1);
}

/// Levenshtein distance.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t(0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string UniqueNames::take(const std::string& wanted) {
  std::string name = wanted;
  const auto flat = [&] {
    std::string key = name;
    std::replace(key.begin(), key.end(), '/', ':');
    return key;
  };
  for (int i = 2; !taken_.insert(flat()).second; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

bool glob_match(const std::string& pattern, const std::string& text) {
  return match(pattern.c_str(), text.c_str());
}

bool is_glob(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> nearest_names(const std::string& wanted,
                                       const std::vector<std::string>& names, int count) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : names) ranked.emplace_back(edit_distance(wanted, name), name);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> nearest;
  for (const auto& [distance, name] : ranked)
    if (int(nearest.size()) < count &&
        std::find(nearest.begin(), nearest.end(), name) == nearest.end())
      nearest.push_back(name);
  return nearest;
}

std::string quoted_list(const std::vector<std::string>& names, const std::string& last_joint) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " " + last_joint + " " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

}  // namespace rfmap::importing
