#include "results/unit_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

namespace rfmap {
namespace {

using h5::Type;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

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
      {"top_activation", Type::float32, {"unit", "rank"}, "response to the image", "1"},
      {"top_location",
       Type::int32,
       {"unit", "rank", "axis"},
       "position of the response in the layer's map, -1 where none",
       "1"},
      {"top_centre",
       Type::float32,
       {"unit", "rank", "axis"},
       "what the map is recentred on: mean of the positions that attain the extremum",
       "1",
       false,
       2},
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
          {"rank_size", Type::float32, {"unit", "rank"}, "size of the field of one image", "px"}),
      field_row<&UnitField::size>(
          {"size", Type::float32, {"unit"}, "size of the receptive field by the chosen rule", "px"},
          mean | size),
      field_row<&UnitField::interval>({"size_interval",
                                       Type::float32,
                                       {"unit", "bound"},
                                       "95 % bootstrap interval of size over the images",
                                       "px"}),
      {{"unit_rf_size",
        Type::float32,
        {"unit", "axis"},
        "theoretical receptive field of the unit's own branch, without paths that see everything",
        "px",
        false,
        2},
       numbers<&UnitRecord::rf_size>,
       take<&UnitRecord::rf_size>},
      field_row<&UnitField::equivalent>(
          {"size_equivalent",
           Type::float32,
           {"unit"},
           "side of the flat field that would read this size with the same occluder, grid and cut; "
           "NaN below the occluder's resolution",
           "px",
           false,
           2},
          mean),
      field_row<&UnitField::bias>(
          {"size_bias",
           Type::float32,
           {"unit"},
           "size minus the mean size of the resamples, by which the interval is shifted",
           "px",
           false,
           2}),
      field_row<&UnitField::thinned>(
          {"size_thinned",
           Type::float32,
           {"unit"},
           "size from every second grid position, mean over the four phases",
           "px",
           false,
           2},
          mean),
      field_row<&UnitField::reliability>({"reliability",
                                          Type::float32,
                                          {"unit"},
                                          "split-half reliability of the field (Spearman-Brown)",
                                          "1",
                                          false,
                                          2},
                                         mean),
      field_row<&UnitField::inhibition>({"inhibition",
                                         Type::float32,
                                         {"unit"},
                                         "mass of rises over mass of drops",
                                         "1",
                                         false,
                                         2},
                                        mean),
      {{"drop_share",
        Type::float32,
        {"unit"},
        "peak of the field over the mean response to the same images",
        "1",
        false,
        2},
       drop_share,
       nullptr,
       true},
      {{"rank_centroid",
        Type::float32,
        {"unit", "rank", "axis"},
        "centroid of each image's own map, from the unit's centre",
        "px",
        false,
        2},
       centroids,
       take_centroids},
      {{"size_own", Type::float32, {"unit"}, "median of rank_size", "px", false, 2},
       median_size,
       nullptr,
       true},
      {{"jitter",
        Type::float32,
        {"unit"},
        "standard deviation of rank_centroid, root mean square of both axes",
        "px",
        false,
        2},
       jitter,
       nullptr,
       true},
      size_row<&Sizes::cut>(
          {"size_cut", Type::float32, {"unit"}, "sqrt of the area at the chosen cut", "px"}),
      size_row<&Sizes::cut10>(
          {"size_cut10", Type::float32, {"unit"}, "sqrt of the area at 0.10 of the peak", "px"},
          mean | again),
      size_row<&Sizes::cut25>(
          {"size_cut25", Type::float32, {"unit"}, "sqrt of the area at 0.25 of the peak", "px"},
          mean | again),
      size_row<&Sizes::cut50>(
          {"size_cut50", Type::float32, {"unit"}, "sqrt of the area at 0.50 of the peak", "px"},
          mean | again),
      size_row<&Sizes::radius50>({"radius50",
                                  Type::float32,
                                  {"unit"},
                                  "radius of 50 % of the mass about the centroid",
                                  "px"},
                                 again),
      size_row<&Sizes::radius90>({"radius90",
                                  Type::float32,
                                  {"unit"},
                                  "radius of 90 % of the mass about the centroid",
                                  "px"},
                                 again),
      field_row<&UnitField::sizes, &Sizes::box>(
          {"box",
           Type::float32,
           {"unit", "box_side"},
           "bounding box at the chosen cut, from the unit's centre",
           "px"}),
      field_row<&UnitField::sizes, &Sizes::gaussian, &Gaussian::parameters>(
          {"gaussian",
           Type::float32,
           {"unit", "gaussian_parameter"},
           "fitted Gaussian: amplitude, then px from the unit's centre, angle in radians",
           "1"}),
      field_row<&UnitField::sizes, &Sizes::gaussian, &Gaussian::r2>(
          {"gaussian_r2",
           Type::float32,
           {"unit"},
           "explained variance of the fitted Gaussian",
           "1"}),
      {{"noise_floor", Type::float32, {"unit"}, "largest difference between null occluders", "1"},
       noise_floor,
       take<&UnitRecord::noise_floor>},
      field_row<&UnitField::truncated>(
          {"truncated",
           Type::float32,
           {"unit"},
           "share of the cut contour that touches pixels which do not count",
           "1"},
          mean | size),
      gradient_row<&GradientField::size>({"gradient_size",
                                          Type::float32,
                                          {"unit"},
                                          "size of gradient_field by the chosen rule",
                                          "px"}),
      gradient_row<&GradientField::size_occluder>(
          {"gradient_size_occluder",
           Type::float32,
           {"unit"},
           "the same after a box filter of the occluder's size",
           "px"}),
      gradient_row<&GradientField::correlation>(
          {"gradient_correlation",
           Type::float32,
           {"unit"},
           "correlation of gradient_field with receptive_field",
           "1"}),
      gradient_row<&GradientField::overlap>({"gradient_overlap",
                                             Type::float32,
                                             {"unit"},
                                             "shared over joint area of the two at the chosen cut",
                                             "1"}),
  };
  return rows;
}

std::vector<Item> unit_items(bool gradient) {
  std::vector<Item> items = peak_items();
  for (const UnitRow& row : unit_rows())
    if (gradient || !row.gradient) items.push_back(row);
  return items;
}

}  // namespace rfmap
