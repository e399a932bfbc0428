#include <algorithm>

#include "rfmap/error.h"

#include "app/show_settings.h"
#include "core/names.h"
#include "core/unit_range.h"

namespace rfmap::app {

std::vector<int> listed_units(const Texts& items) {
  std::vector<int> units;
  for (const std::string& item : items) {
    const auto range = parse_unit_range(item);
    if (!range) refuse("--unit", item, "expected channels counted from 0, as in 3,7 or 0-15");
    for (int u = range->first; u <= range->last; ++u) units.push_back(u);
  }
  return units;
}

bool matches_layer(const std::string& name, const Texts& patterns) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                         [&](const auto& p) { return glob_match(p, name); });
}

}  // namespace rfmap::app
