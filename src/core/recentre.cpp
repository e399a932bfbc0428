#include "core/recentre.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <limits>

namespace rfmap::core {
namespace {

/// Rounding errors of centres and strides.
constexpr double kSlack = 1e-9;

/// The grid along one axis, in pixels of the image.
struct GridAxis {
  double first_centre, stride;
  int count, occluder;
};

/// Neighbouring grid positions of one pixel; none where it is not reached.
struct Taps {
  int first = 0, count = 0;
  std::size_t weights = 0;  ///< the first of them among those of the axis
};

/// Those of all pixels along an axis.
struct AxisTaps {
  std::vector<Taps> pixels;
  std::vector<float> weights;

  /// Positions that some pixel takes.
  int begin() const {
    int first = std::numeric_limits<int>::max();
    for (const Taps& t : pixels)
      if (t.count > 0) first = std::min(first, t.first);
    return first;
  }
  int end() const {
    int last = 0;
    for (const Taps& t : pixels)
      if (t.count > 0) last = std::max(last, t.first + t.count);
    return last;
  }
  void add(int first, std::initializer_list<float> of_pixel) {
    pixels.push_back({first, int(of_pixel.size()), weights.size()});
    weights.insert(weights.end(), of_pixel);
  }
};

void add_bilinear(double position, AxisTaps& taps) {
  const double whole = std::floor(position + kSlack), part = position - whole;
  if (part < kSlack) return taps.add(int(whole), {1});
  taps.add(int(whole), {float(1 - part), float(part)});
}

void add_center(const GridAxis& grid, double pixel, Upsample upsample, AxisTaps& taps) {
  const double position = (pixel - grid.first_centre) / grid.stride;
  if (position < -kSlack || position > grid.count - 1 + kSlack) return taps.add(0, {});
  if (upsample == Upsample::bilinear) return add_bilinear(position, taps);
  taps.add(std::clamp(int(std::floor(position + 0.5)), 0, grid.count - 1), {1});
}

/// Occluders that cover the pixel share it alike.
void add_footprint(const GridAxis& grid, double pixel, AxisTaps& taps) {
  const double reach = (grid.occluder - 1) / 2.0 + kSlack, whole = std::floor(pixel + 0.5);
  const double offset = whole - grid.first_centre;
  const int first = std::max(0, int(std::ceil((offset - reach) / grid.stride)));
  const int last = std::min(grid.count - 1, int(std::floor((offset + reach) / grid.stride)));
  if (last < first) return taps.add(0, {});
  const int covering = last - first + 1;
  taps.pixels.push_back({first, covering, taps.weights.size()});
  taps.weights.insert(taps.weights.end(), std::size_t(covering), 1.f / float(covering));
}

AxisTaps axis_taps(const GridAxis& grid, double centre, int side, const AggregateRules& rules) {
  AxisTaps taps;
  taps.pixels.reserve(std::size_t(side));
  taps.weights.reserve(2 * std::size_t(side));
  for (int i = 0; i < side; ++i) {
    const double pixel = centre + i - (side - 1) / 2.0;
    if (rules.deposit == Deposit::center)
      add_center(grid, pixel, rules.upsample, taps);
    else
      add_footprint(grid, pixel, taps);
  }
  return taps;
}

std::vector<char> reached(const AxisTaps& taps) {
  std::vector<char> flags;
  for (const Taps& t : taps.pixels) flags.push_back(char(t.count > 0));
  return flags;
}

float discrepancy(float change, Discrepancy rule) {
  if (rule == Discrepancy::drop) return std::max(change, 0.f);
  return rule == Discrepancy::abs ? std::fabs(change) : change;
}

inline float weighted(const float* weights, const float* values, int count) {
  if (count == 2) return 0.f + weights[0] * values[0] + weights[1] * values[1];  // nearly always
  float sum = 0;
  for (int i = 0; i < count; ++i) sum += weights[i] * values[i];
  return sum;
}

/// [grid row, canvas column]: the discrepancies along x, of the rows that `rows` takes.
std::vector<float> upsample_columns(const ChangeMap& map, const Grid& grid, const AxisTaps& rows,
                                    const AxisTaps& columns, Discrepancy rule) {
  std::vector<float> line(grid.count.w), out(std::size_t(grid.count.h) * columns.pixels.size());
  for (int row = rows.begin(); row < rows.end(); ++row) {
    for (int i = 0; i < grid.count.w; ++i)
      line[i] = discrepancy(map.change[std::size_t(row) * grid.count.w + i], rule);
    float* to = &out[row * columns.pixels.size()];
    for (const Taps& taps : columns.pixels)
      *to++ = weighted(columns.weights.data() + taps.weights, line.data() + taps.first, taps.count);
  }
  return out;
}

void upsample_rows(const std::vector<float>& lines, const AxisTaps& rows, int width,
                   std::vector<float>& values) {
  values.resize(rows.pixels.size() * width);
  float* __restrict to = values.data();
  for (const Taps& taps : rows.pixels) {
    const float* weights = rows.weights.data() + taps.weights;
    const float* from = lines.data() + std::size_t(taps.first) * width;
    if (taps.count == 2) {
      for (int x = 0; x < width; ++x)
        to[x] = 0.f + weights[0] * from[x] + weights[1] * from[x + width];
    } else {
      for (int i = 0; i < taps.count; ++i, from += width)
        for (int x = 0; x < width; ++x) to[x] += weights[i] * from[x];
    }
    to += width;
  }
}

}  // namespace

std::vector<std::uint8_t> reached_pixels(const Recentred& map) {
  std::vector<std::uint8_t> reached;
  reached.reserve(map.values.size());
  for (const char row : map.rows)
    for (const char column : map.columns) reached.push_back(row && column);
  return reached;
}

Recentred recentre(const ChangeMap& map, const Grid& grid, const Canvas& canvas,
                   const AggregateRules& rules) {
  const GridAxis y{grid.centre_y(0), double(grid.stride.h), grid.count.h, grid.occluder.h};
  const GridAxis x{grid.centre_x(0), double(grid.stride.w), grid.count.w, grid.occluder.w};
  const AxisTaps rows = axis_taps(y, map.centre.y, canvas.height, rules);
  const AxisTaps columns = axis_taps(x, map.centre.x, canvas.width, rules);
  Recentred out;
  out.rows = reached(rows);
  out.columns = reached(columns);
  upsample_rows(upsample_columns(map, grid, rows, columns, rules.discrepancy), rows, canvas.width,
                out.values);
  if (rules.normalize == Normalize::peak) {
    float peak = 0;
    for (float v : out.values) peak = std::max(peak, v);
    const float factor = peak > 0 ? 1 / peak : 0;
    for (float& v : out.values) v *= factor;
  }
  return out;
}

}  // namespace rfmap::core
