#pragma once

#include <algorithm>
#include <vector>

#include "rfmap/aggregate.h"

namespace rfmap::test {

/// A linear unit with a flat height x width field: an occluder's effect is the part of it that it
/// covers.
struct FlatUnit {
  int height = 1, width = 1;
  int top = 0, left = 0;  ///< first pixel of the field

  Centre centre() const { return {top + (height - 1) / 2.0, left + (width - 1) / 2.0}; }
  /// Pixels that an occluder with this top left corner shares with the field.
  float covered(Point origin, Size occluder) const {
    const int h = std::min(origin.y + occluder.h, top + height) - std::max(origin.y, top);
    const int w = std::min(origin.x + occluder.w, left + width) - std::max(origin.x, left);
    return float(std::max(h, 0)) * float(std::max(w, 0));
  }
  std::vector<float> change(const Grid& grid) const {
    std::vector<float> values;
    for (int i = 0; i < grid.positions(); ++i)
      values.push_back(covered(grid.origin(i), grid.occluder));
    return values;
  }
};

inline Field flat_field(int height, int width) {
  Field field;
  field.y.pieces = {{0, 8, double(height)}};
  field.x.pieces = {{0, 8, double(width)}};
  return field;
}

/// Default rules except the deposit, on a canvas without the margin for ties.
inline AggregateRules by_first(Deposit deposit) {
  AggregateRules rules;
  rules.recentre = Recentre::first;
  rules.deposit = deposit;
  return rules;
}

}  // namespace rfmap::test
