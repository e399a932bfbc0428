#include <cmath>

#include "plan/calls.h"
#include "reference/operations.h"

namespace rfmap::reference {
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

Extremum extremum(const Map& map, int channel, bool minimum, const std::string& layer) {
  Extremum best{finite(map.at(channel, 0, 0), layer), {0, 0}};
  for (int y = 0; y < map.shape.h; ++y) {
    for (int x = 0; x < map.shape.w; ++x) {
      const float value = finite(map.at(channel, y, x), layer);
      if (minimum ? value < best.value : value > best.value) best = {value, {y, x}};
    }
  }
  return best;
}

}  // namespace rfmap::reference
