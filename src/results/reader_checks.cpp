#include "results/reader_checks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "results/h5/h5.h"

namespace rfmap::results {
namespace {

constexpr int kLargestSide = 1 << 16;  // px
constexpr double kFarthest = 1 << 20;  // px
// px of maps that are computed from attributes alone, far above what a run could measure
constexpr double kLargestArea = 1 << 26, kLargestOccluder = 1 << 24;

void require(bool held, std::string_view item, std::string_view why) {
  if (!held) throw h5::Failure("read " + std::string(item), std::string(why));
}

void require_range(std::int64_t value, std::int64_t low, std::int64_t high,
                   const std::string& item) {
  require(value >= low && value <= high, item,
          fmt::format("{} is not within {}..{}", value, low, high));
}

void require_sides(Size size, const std::string& item) {
  require_range(size.h, 1, kLargestSide, item);
  require_range(size.w, 1, kLargestSide, item);
}

void require_area(double height, double width, double most, const std::string& item) {
  require(height * width <= most, item,
          fmt::format("{} x {} is too large to be measured", height, width));
}

/// Positions of one axis begin before the input's end and leave it by less than an occluder.
void require_axis(int first, int count, int stride, int occluder, int input) {
  require_range(first, 1 - occluder, input - 1, "attribute first of /occluder");
  const std::int64_t last = first + std::int64_t(count - 1) * stride;
  require_range(last, first, input - 1, "attribute count of /occluder (its last position)");
}

void require_axis_field(const AxisField& field, const std::string& axis) {
  for (const AxisField::Piece& p : field.pieces)
    for (const double value : {p.start, p.stride, p.size})
      require(std::fabs(value) <= kFarthest && p.stride >= 0 && p.size >= 0,
              "attribute rf_pieces_" + axis, fmt::format("{} is out of range", value));
}

/// One for each position, none beyond the hull of the pieces.
void require_boxes(const AxisField& field, int positions, const std::string& axis) {
  const std::string item = "attribute rf_boxes_" + axis;
  if (field.boxes.empty()) return;
  require(int(field.boxes.size()) == positions, item, "it has not one box for each position");
  const AxisField local = field.local();
  for (int u = 0; u < positions; ++u) {
    const Interval &box = field.boxes[std::size_t(u)], hull = local.by_formula(u);
    require(box.first <= box.last && box.first > hull.first - 1 && box.last < hull.last + 1, item,
            fmt::format("the box of position {} lies outside of the field's pieces", u));
  }
}

template <class Values>
void require_finite(const Values& values, const std::string& dataset) {
  for (const float v : values)
    if (!std::isfinite(v))
      require(false, dataset, fmt::format("it holds {}, which is no number", v));
}

/// NaN marks what could not be measured; infinity has no meaning.
void require_no_infinity(std::span<const float> values, const std::string& dataset) {
  for (const float v : values) require(!std::isinf(v), dataset, "it holds an infinite number");
}

}  // namespace

void require_grid(const RunRecord& run) {
  const Grid& grid = run.grid;
  require_sides(grid.occluder, "attribute size of /occluder");
  require_sides(grid.stride, "attribute stride of /occluder");
  require_sides(grid.input, "attribute input of /occluder");
  require_sides(grid.count, "attribute count of /occluder");
  require_area(grid.occluder.h, grid.occluder.w, kLargestOccluder, "attribute size of /occluder");
  require_area(grid.count.h, grid.count.w, kLargestArea, "attribute count of /occluder");
  require_axis(grid.first.y, grid.count.h, grid.stride.h, grid.occluder.h, grid.input.h);
  require_axis(grid.first.x, grid.count.w, grid.stride.w, grid.occluder.w, grid.input.w);
}

void require_layer(const LayerRecord& layer, const RunRecord& run) {
  const auto item = [&](const char* name) { return name + (" of layer " + layer.name); };
  require_sides(layer.map, item("attribute map_shape"));
  require_axis_field(layer.field.y, "y");
  require_axis_field(layer.field.x, "x");
  require_boxes(layer.field.y, layer.map.h, "y");
  require_boxes(layer.field.x, layer.map.w, "x");
  const Field bound = layer.field.local();
  require_area(bound.y.size(), bound.x.size(), kLargestArea, item("attribute local_rf_size"));
  require_range(layer.canvas.height, 1, 2 * run.grid.input.h, item("y"));
  require_range(layer.canvas.width, 1, 2 * run.grid.input.w, item("x"));
  for (const int unit : layer.units) require_range(unit, 0, layer.channels - 1, item("unit"));
}

void require_unit(const UnitRecord& unit, const LayerRecord& layer, const RunRecord& run) {
  for (const Peak& peak : unit.peaks) {
    require_range(peak.image, 0, std::int64_t(run.images.size()) - 1, "top_image");
    require_range(peak.location.y, 0, layer.map.h - 1, "top_location");
    require_range(peak.location.x, 0, layer.map.w - 1, "top_location");
    require_finite(std::initializer_list<float>{float(peak.centre.y), float(peak.centre.x)},
                   "top_centre");
  }
  const UnitField& field = unit.field;
  require_no_infinity(field.mean, "receptive_field");
  for (std::size_t i = 0; i < field.mean.size(); ++i)
    require(field.count[i] == 0 || std::isfinite(field.mean[i]), "receptive_field",
            "it is not a number where images reach");
  require_no_infinity(field.signed_mean, "signed_field");
  require_no_infinity(field.rank_size, "rank_size");
  require_finite(unit.change, "discrepancy");
  if (unit.gradient) require_no_infinity(unit.gradient->mean, "gradient_field");
}

bool same_number(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::fabs(a - b) <= 1e-9 * std::max(1.0, std::fabs(a));
}

}  // namespace rfmap::results
