#include "results/unit_rows.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/nan.h"

namespace rfmap::results {
namespace {

using h5::Type;

/// A number per unit.
Item number(std::string_view name, std::string_view long_name, std::string_view units,
            int since = 1) {
  return {name, Type::float32, {"unit"}, long_name, units, false, since};
}

/// Numbers along these dimensions behind `unit`.
Item along(std::vector<std::string_view> dimensions, Item item) {
  item.dimensions.insert(item.dimensions.end(), dimensions.begin(), dimensions.end());
  return item;
}

/// A member of a record, by the path of members that leads to it: a number, an array of them, or
/// one number per rank.
template <auto... Path>
std::vector<float> numbers(const UnitRecord& record) {
  const auto& member = (record.*....*Path);
  if constexpr (std::is_same_v<decltype(member), const float&>)
    return {member};
  else
    return {member.begin(), member.end()};
}

template <auto... Path>
void take(UnitRecord& record, std::span<const float> from) {
  auto& member = (record.*....*Path);
  using Member = std::remove_reference_t<decltype(member)>;
  if constexpr (std::is_same_v<Member, float>)
    member = from[0];
  else if constexpr (std::is_same_v<Member, std::vector<float>>)
    member.assign(from.begin(), from.begin() + std::ptrdiff_t(record.peaks.size()));
  else
    std::ranges::copy(from, member.begin());
}

enum Kind { plain = 0, mean = 1, size = 2, again = 4 };

/// A row whose numbers are a member of UnitField.
template <auto... Path>
UnitRow field_row(Item item, int kind = plain) {
  return {std::move(item),
          numbers<&UnitRecord::field, Path...>,
          take<&UnitRecord::field, Path...>,
          (kind & mean) != 0,
          (kind & again) != 0,
          (kind & size) != 0};
}

template <auto Member>
UnitRow size_row(Item item, int kind = plain) {
  return field_row<&UnitField::sizes, Member>(std::move(item), kind | size);
}

template <auto Member>
UnitRow gradient_row(Item item) {
  UnitRow row{std::move(item),
              [](const UnitRecord& record) {
                return std::vector<float>{record.gradient ? (*record.gradient).*Member : kNan};
              },
              [](UnitRecord& record, std::span<const float> from) {
                if (!record.gradient) record.gradient.emplace();
                (*record.gradient).*Member = from[0];
              }};
  row.mean = row.gradient = true;
  return row;
}

/// The field's peak over the mean response; NaN where no image drives the unit.
std::vector<float> drop_share(const UnitRecord& record) {
  double response = 0;
  for (const Peak& peak : record.peaks) response += std::fabs(peak.activation);
  float peak = 0;
  for (std::size_t i = 0; i < record.field.mean.size(); ++i)
    if (2 * std::size_t(record.field.count[i]) >= record.peaks.size())
      peak = std::max(peak, record.field.mean[i]);
  return {record.peaks.empty() ? kNan : float(peak / (response / double(record.peaks.size())))};
}

std::vector<float> median_size(const UnitRecord& record) {
  std::vector<float> values = record.field.rank_size;
  std::erase_if(values, [](float v) { return std::isnan(v); });
  if (values.empty()) return {kNan};
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return {values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2};
}

/// Standard deviation of the images' centroids, root mean square of both axes.
std::vector<float> jitter(const UnitRecord& record) {
  double n = 0, y = 0, x = 0, squares = 0;
  for (const Centre& c : record.field.rank_centroid)
    if (std::isfinite(c.y)) ++n, y += c.y, x += c.x;
  for (const Centre& c : record.field.rank_centroid)
    if (std::isfinite(c.y))
      squares += (c.y - y / n) * (c.y - y / n) + (c.x - x / n) * (c.x - x / n);
  return {n > 1 ? float(std::sqrt(squares / 2 / (n - 1))) : kNan};
}

std::vector<float> centroids(const UnitRecord& record) {
  std::vector<float> flat;
  for (const Centre& c : record.field.rank_centroid)
    flat.insert(flat.end(), {float(c.y), float(c.x)});
  return flat;
}

void take_centroids(UnitRecord& record, std::span<const float> from) {
  for (std::size_t r = 0; r < record.peaks.size(); ++r)
    record.field.rank_centroid.push_back({from[2 * r], from[2 * r + 1]});
}

std::vector<float> noise_floor(const UnitRecord& record) {
  return {record.peaks.empty() ? kNan : record.noise_floor};
}

std::vector<Item> peak_items() {
  return {
      {"top_image", Type::int32, {"unit", "rank"}, "index of the image, -1 where none", "1"},
      along({"rank"}, number("top_activation", "response to the image", "1")),
      {"top_location",
       Type::int32,
       {"unit", "rank", "axis"},
       "position of the response in the layer's map, -1 where none",
       "1"},
      along({"rank", "axis"},
            number("top_centre",
                   "what the map is recentred on: mean of the positions that attain the extremum",
                   "1", 2)),
      {"top_ties",
       Type::int32,
       {"unit", "rank"},
       "positions that attain the extremum, -1 where none",
       "1",
       false,
       2},
  };
}

}  // namespace

const std::vector<UnitRow>& unit_rows() {
  static const std::vector<UnitRow> rows = {
      field_row<&UnitField::rank_size>(
          along({"rank"}, number("rank_size", "size of the field of one image", "px"))),
      field_row<&UnitField::size>(
          number("size", "size of the receptive field by the chosen rule", "px"), mean | size),
      field_row<&UnitField::interval>(
          along({"bound"},
                number("size_interval", "95 % bootstrap interval of size over the images", "px"))),
      {along({"axis"}, number("unit_rf_size",
                              "theoretical receptive field of the unit's own branch, without paths "
                              "that see everything",
                              "px", 2)),
       numbers<&UnitRecord::rf_size>, take<&UnitRecord::rf_size>},
      field_row<&UnitField::equivalent>(
          number("size_equivalent",
                 "side of the flat field that would read this size with the same occluder, grid "
                 "and cut; NaN below the occluder's resolution",
                 "px", 2),
          mean),
      field_row<&UnitField::bias>(number(
          "size_bias",
          "size minus the mean size of the resamples, by which the interval is shifted", "px", 2)),
      field_row<&UnitField::thinned>(
          number("size_thinned", "size from every second grid position, mean over the four phases",
                 "px", 2),
          mean),
      field_row<&UnitField::reliability>(
          number("reliability", "split-half reliability of the field (Spearman-Brown)", "1", 2),
          mean),
      field_row<&UnitField::inhibition>(
          number("inhibition", "mass of rises over mass of drops", "1", 2), mean),
      {number("drop_share", "peak of the field over the mean response to the same images", "1", 2),
       drop_share, nullptr, true},
      {along({"rank", "axis"},
             number("rank_centroid", "centroid of each image's own map, from the unit's centre",
                    "px", 2)),
       centroids, take_centroids},
      {number("size_own", "median of rank_size", "px", 2), median_size, nullptr, true},
      {number("jitter", "standard deviation of rank_centroid, root mean square of both axes", "px",
              2),
       jitter, nullptr, true},
      size_row<&Sizes::cut>(number("size_cut", "sqrt of the area at the chosen cut", "px")),
      size_row<&Sizes::cut10>(number("size_cut10", "sqrt of the area at 0.10 of the peak", "px"),
                              mean | again),
      size_row<&Sizes::cut25>(number("size_cut25", "sqrt of the area at 0.25 of the peak", "px"),
                              mean | again),
      size_row<&Sizes::cut50>(number("size_cut50", "sqrt of the area at 0.50 of the peak", "px"),
                              mean | again),
      size_row<&Sizes::radius50>(
          number("radius50", "radius of 50 % of the mass about the centroid", "px"), again),
      size_row<&Sizes::radius90>(
          number("radius90", "radius of 90 % of the mass about the centroid", "px"), again),
      field_row<&UnitField::sizes, &Sizes::box>(
          along({"box_side"},
                number("box", "bounding box at the chosen cut, from the unit's centre", "px"))),
      field_row<&UnitField::sizes, &Sizes::gaussian, &Gaussian::parameters>(along(
          {"gaussian_parameter"},
          number("gaussian",
                 "fitted Gaussian: amplitude, then px from the unit's centre, angle in radians",
                 "1"))),
      field_row<&UnitField::sizes, &Sizes::gaussian, &Gaussian::r2>(
          number("gaussian_r2", "explained variance of the fitted Gaussian", "1")),
      {number("noise_floor", "largest difference between null occluders", "1"), noise_floor,
       take<&UnitRecord::noise_floor>},
      field_row<&UnitField::truncated>(
          number("truncated", "share of the cut contour that touches pixels which do not count",
                 "1"),
          mean | size),
      gradient_row<&GradientField::size>(
          number("gradient_size", "size of gradient_field by the chosen rule", "px")),
      gradient_row<&GradientField::size_occluder>(number(
          "gradient_size_occluder", "the same after a box filter of the occluder's size", "px")),
      gradient_row<&GradientField::correlation>(number(
          "gradient_correlation", "correlation of gradient_field with receptive_field", "1")),
      gradient_row<&GradientField::overlap>(
          number("gradient_overlap", "shared over joint area of the two at the chosen cut", "1")),
  };
  return rows;
}

std::vector<Item> unit_items(bool gradient) {
  std::vector<Item> items = peak_items();
  for (const UnitRow& row : unit_rows())
    if (gradient || !row.gradient) items.push_back(row);
  return items;
}

}  // namespace rfmap::results
