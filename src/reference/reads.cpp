#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "plan/calls.h"
#include "reference/operations.h"

namespace rfmap::reference {
using namespace plan;
namespace {

float finite(float value, const std::string& layer) {
  if (!std::isfinite(value)) throw_not_finite(layer);
  return value;
}

double sum_of(const Map& map, int channel, const std::string& layer) {
  double sum = 0;
  for (int y = 0; y < map.shape.h; ++y)
    for (int x = 0; x < map.shape.w; ++x) sum += finite(map.at(channel, y, x), layer);
  return sum;
}

}  // namespace

Map occlude(const Map& image, const float* patch, Size size, Point origin) {
  Map out = image;
  if (!patch) return out;
  for (int c = 0; c < image.shape.c; ++c) {
    for (int py = 0; py < size.h; ++py) {
      for (int px = 0; px < size.w; ++px) {
        const int y = origin.y + py, x = origin.x + px;
        if (y < 0 || y >= image.shape.h || x < 0 || x >= image.shape.w) continue;
        out.at(c, y, x) = patch[(std::size_t(c) * size.h + py) * size.w + px];
      }
    }
  }
  return out;
}

float respond(Response kind, const Map& map, const Read& read, const std::string& layer) {
  switch (kind) {
    case Response::location:
      return finite(map.at(read.channel, read.position.y, read.position.x), layer);
    case Response::max:
      return extremum(map, read.channel, false, layer).value;
    case Response::sum:
      return float(sum_of(map, read.channel, layer));
  }
  return 0;
}

Ties ties_of(const Map& map, int channel, float value) {
  std::vector<Point> tied;
  double y = 0, x = 0;
  for (int row = 0; row < map.shape.h; ++row)
    for (int column = 0; column < map.shape.w; ++column) {
      if (map.at(channel, row, column) != value) continue;
      tied.push_back({row, column});
      y += row;
      x += column;
    }
  const double n = double(tied.size());
  const auto key = [&](Point p) {
    double around = 0;
    for (int row = p.y - 1; row <= p.y + 1; ++row)
      for (int column = p.x - 1; column <= p.x + 1; ++column)
        if (row >= 0 && row < map.shape.h && column >= 0 && column < map.shape.w)
          around += map.at(channel, row, column);
    const double my = 2 * p.y - (map.shape.h - 1), mx = 2 * p.x - (map.shape.w - 1);
    return std::tuple((n * p.y - y) * (n * p.y - y) + (n * p.x - x) * (n * p.x - x),
                      my * my + mx * mx, -around, p.y, p.x);
  };
  const Point nearest = *std::min_element(tied.begin(), tied.end(),
                                          [&](Point a, Point b) { return key(a) < key(b); });
  return {int(tied.size()), {float(y / n), float(x / n)}, nearest};
}

Extremum extremum(const Map& map, int channel, bool minimum, const std::string& layer) {
  Extremum best{finite(map.at(channel, 0, 0), layer), {0, 0}, {}};
  for (int y = 0; y < map.shape.h; ++y) {
    for (int x = 0; x < map.shape.w; ++x) {
      const float value = finite(map.at(channel, y, x), layer);
      if (minimum ? value < best.value : value > best.value) best = {value, {y, x}, {}};
    }
  }
  best.ties = ties_of(map, channel, best.value);
  return best;
}

}  // namespace rfmap::reference
