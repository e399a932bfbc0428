#include "core/recentre.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace rfmap::core {
namespace {

/// Rounding errors of centres and strides.
constexpr double kSlack = 1e-9;

/// The grid along one axis, in pixels of the image.
struct GridAxis {
  double first_centre, stride;
  int count, occluder;
};

/// Weights of neighbouring grid positions for one pixel; none where it is not reached.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

Taps bilinear_taps(double position) {
  const double whole = std::floor(position + kSlack), part = position - whole;
  if (part < kSlack) return {int(whole), {1}};
  return {int(whole), {float(1 - part), float(part)}};
}

Taps center_taps(const GridAxis& grid, double pixel, Upsample upsample) {
  const double position = (pixel - grid.first_centre) / grid.stride;
  if (position < -kSlack || position > grid.count - 1 + kSlack) return {};
  if (upsample == Upsample::bilinear) return bilinear_taps(position);
  return {std::clamp(int(std::floor(position + 0.5)), 0, grid.count - 1), {1}};
}

/// Occluders that cover the pixel share it alike.
Taps footprint_taps(const GridAxis& grid, double pixel) {
  const double reach = (grid.occluder - 1) / 2.0 + kSlack, whole = std::floor(pixel + 0.5);
  const double offset = whole - grid.first_centre;
  const int first = std::max(0, int(std::ceil((offset - reach) / grid.stride)));
  const int last = std::min(grid.count - 1, int(std::floor((offset + reach) / grid.stride)));
  if (last < first) return {};
  const int covering = last - first + 1;
  return {first, std::vector<float>(covering, 1.f / float(covering))};
}

std::vector<Taps> axis_taps(const GridAxis& grid, double centre, int side,
                            const AggregateRules& rules) {
  std::vector<Taps> taps;
  taps.reserve(side);
  for (int i = 0; i < side; ++i) {
    const double pixel = centre + i - (side - 1) / 2.0;
    taps.push_back(rules.deposit == Deposit::center ? center_taps(grid, pixel, rules.upsample)
                                                    : footprint_taps(grid, pixel));
  }
  return taps;
}

std::vector<char> reached(const std::vector<Taps>& taps) {
  std::vector<char> flags;
  for (const Taps& t : taps) flags.push_back(char(!t.weights.empty()));
  return flags;
}

float discrepancy(float change, Discrepancy rule) {
  if (rule == Discrepancy::drop) return std::max(change, 0.f);
  return rule == Discrepancy::abs ? std::fabs(change) : change;
}

/// [grid row, canvas column]: the discrepancies along x.
std::vector<float> upsample_columns(const ChangeMap& map, const Grid& grid,
                                    const std::vector<Taps>& columns, Discrepancy rule) {
  std::vector<float> line(grid.count.w), out(std::size_t(grid.count.h) * columns.size());
  for (int row = 0; row < grid.count.h; ++row) {
    for (int i = 0; i < grid.count.w; ++i)
      line[i] = discrepancy(map.change[std::size_t(row) * grid.count.w + i], rule);
    float* to = &out[row * columns.size()];
    for (const Taps& taps : columns) {
      float sum = 0;
      for (std::size_t i = 0; i < taps.weights.size(); ++i)
        sum += taps.weights[i] * line[taps.first + i];
      *to++ = sum;
    }
  }
  return out;
}

void upsample_rows(const std::vector<float>& lines, const std::vector<Taps>& rows, int width,
                   std::vector<float>& values) {
  values.assign(rows.size() * width, 0);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    float* to = &values[row * width];
    for (std::size_t i = 0; i < rows[row].weights.size(); ++i) {
      const float weight = rows[row].weights[i];
      const float* from = &lines[(rows[row].first + i) * width];
      for (int x = 0; x < width; ++x) to[x] += weight * from[x];
    }
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
  const std::vector<Taps> rows = axis_taps(y, map.centre.y, canvas.height, rules);
  const std::vector<Taps> columns = axis_taps(x, map.centre.x, canvas.width, rules);
  Recentred out;
  out.rows = reached(rows);
  out.columns = reached(columns);
  upsample_rows(upsample_columns(map, grid, columns, rules.discrepancy), rows, canvas.width,
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
