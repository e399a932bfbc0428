#include "core/names.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include <fnmatch.h>

namespace rfmap::core {

bool glob_match(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
}

bool is_glob(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

std::size_t edit_distance(std::string_view a, std::string_view b) {
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

namespace {

/// Parts of a path: layer1.0.conv1 or /layer1/layer1.0/conv1/Conv.
std::set<std::string> path_parts(const std::string& path) {
  std::set<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find_first_of("./", at), path.size());
    if (end > at) parts.insert(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

int shared_parts(const std::set<std::string>& wanted, const std::string& path) {
  int shared = 0;
  for (const std::string& part : path_parts(path)) shared += int(wanted.contains(part));
  return shared;
}

}  // namespace

std::vector<std::string> nearest_names(const std::string& wanted, std::vector<std::string> names,
                                       int count) {
  const std::set<std::string> parts = path_parts(wanted);
  const auto rank = [&](const std::string& name) {
    return std::pair(-shared_parts(parts, name), edit_distance(wanted, name));
  };
  std::ranges::stable_sort(names, {}, rank);
  std::vector<std::string> nearest;
  for (const std::string& name : names)
    if (int(nearest.size()) < count && std::ranges::find(nearest, name) == nearest.end())
      nearest.push_back(name);
  return nearest;
}

}  // namespace rfmap::core
