#include <algorithm>

#include <fnmatch.h>

#include "rfmap/error.h"

#include "app/show_settings.h"

namespace rfmap::app {
namespace {

constexpr int kMostUnits = 1 << 20;

void add_range(const std::string& item, std::vector<int>& units) {
  const std::size_t dash = item.find('-');
  const auto first = whole_number(item.substr(0, dash));
  const auto last = dash == item.npos ? first : whole_number(item.substr(dash + 1));
  if (!first || !last || *first < 0 || *last < *first || *last >= kMostUnits)
    refuse("--unit", item, "expected channels counted from 0, as in 3,7 or 0-15");
  for (int u = int(*first); u <= int(*last); ++u) units.push_back(u);
}

}  // namespace

std::vector<int> listed_units(const Texts& items) {
  std::vector<int> units;
  for (const std::string& item : items) add_range(item, units);
  return units;
}

bool matches_layer(const std::string& name, const Texts& patterns) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) {
           return fnmatch(p.c_str(), name.c_str(), 0) == 0;
         });
}

}  // namespace rfmap::app
