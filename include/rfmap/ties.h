#pragma once

#include <cstdint>

#include "rfmap/geometry.h"

/// With overlapping pooling, one input cell can be the maximum of two or four neighbouring outputs,
/// which then share the map's maximum: the location of a unit's response is then their mean, not
/// the first of them.
namespace rfmap {

/// A mean of positions in a map, in fractions of its cells.
struct MeanPosition {
  float y = 0, x = 0;
};

/// The positions that share a map's extremum.
struct Ties {
  int count = 0;
  MeanPosition centre;  ///< their mean
  Point nearest;        ///< the position at which the response is read
};

/// The ties of an extremum that only one position attains.
RFMAP_HD inline Ties no_ties(Point position) {
  return {1, {float(position.y), float(position.x)}, position};
}

namespace ties {

RFMAP_HD inline std::int64_t square(std::int64_t v) { return v * v; }

/// The order in which tied positions are preferred. All members but the last are the same in a
/// mirrored map.
struct Key {
  std::int64_t from_mean = 0;    ///< squared distance from their mean, in 1 / count of a cell
  std::int64_t from_middle = 0;  ///< squared distance from the map's middle, in half cells
  double around = 0;  ///< sum over the 3 x 3 cells around it, as far as they are in the map
  RFMAP_HD bool before(const Key& other) const {
    if (from_mean != other.from_mean) return from_mean < other.from_mean;
    if (from_middle != other.from_middle) return from_middle < other.from_middle;
    return around > other.around;
  }
};

template <class At>
RFMAP_HD double sum_around(const At& at, Size map, Point p) {
  double sum = 0;
  for (int y = p.y > 0 ? p.y - 1 : 0; y <= p.y + 1 && y < map.h; ++y)
    for (int x = p.x > 0 ? p.x - 1 : 0; x <= p.x + 1 && x < map.w; ++x) sum += at(y, x);
  return sum;
}

}  // namespace ties

/// The positions of a map where at(y, x) equals `value`. `nearest`: the position nearest to their
/// mean, then nearest to the map's middle (its field is cut least by the image), then the one with
/// the larger sum around it, then the first in row-major order.
template <class At>
RFMAP_HD Ties find_ties(const At& at, Size map, float value) {
  std::int64_t count = 0, sum_y = 0, sum_x = 0;
  for (int y = 0; y < map.h; ++y)
    for (int x = 0; x < map.w; ++x)
      if (at(y, x) == value) ++count, sum_y += y, sum_x += x;
  Ties found;
  found.count = int(count);
  if (count == 0) return found;
  found.centre = {float(double(sum_y) / double(count)), float(double(sum_x) / double(count))};
  ties::Key best;
  bool none = true;
  for (int y = 0; y < map.h; ++y)
    for (int x = 0; x < map.w; ++x) {
      if (at(y, x) != value) continue;
      ties::Key key;
      key.from_mean = ties::square(y * count - sum_y) + ties::square(x * count - sum_x);
      key.from_middle = ties::square(2 * y - (map.h - 1)) + ties::square(2 * x - (map.w - 1));
      key.around = ties::sum_around(at, map, Point{y, x});
      if (!none && !key.before(best)) continue;
      best = key;
      none = false;
      found.nearest = {y, x};
    }
  return found;
}

}  // namespace rfmap
