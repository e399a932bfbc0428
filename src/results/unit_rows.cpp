#include "results/unit_rows.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/nan.h"

namespace rfmap::results {

using namespace core;

namespace {

using h5::Type;

/// A number per unit.
Item number(std::string_view name, std::string_view long_name, std::string_view units,
            int since = 1) {
  return {name, Type::float32, {"unit"}, long_name, units, since};
}

/// Numbers along these dimensions behind `unit`.
Item along(std::vector<std::string_view> dimensions, Item item) {
  item.dimensions.insert(item.dimensions.end(), dimensions.begin(), dimensions.end());
  return item;
}

/// A member of a record or peak, by the path of members that leads to it.
template <auto... Path>
struct Member {
  static auto& of(auto& owner) { return (owner.*....*Path); }
};

struct GradientMap {
  static auto& of(auto& record) { return record.gradient->mean; }
};

/// A number, an array of them, or one number per rank.
template <class From>
std::vector<double> numbers(const UnitRecord& record) {
  const auto& member = From::of(record);
  if constexpr (std::is_same_v<decltype(member), const float&>)
    return {member};
  else
    return {member.begin(), member.end()};
}

template <class From>
void take(UnitRecord& record, std::span<const double> from) {
  auto& member = From::of(record);
  using Held = std::remove_reference_t<decltype(member)>;
  if constexpr (std::is_same_v<Held, float>)
    member = float(from[0]);
  else if constexpr (std::is_same_v<Held, std::vector<float>>)
    member.assign(from.begin(), from.begin() + std::ptrdiff_t(record.peaks.size()));
  else
    std::ranges::copy(from, member.begin());
}

/// One or two members of each peak.
template <class... From>
std::vector<double> of_peaks(const UnitRecord& record) {
  std::vector<double> all;
  for (const Peak& peak : record.peaks) (all.push_back(double(From::of(peak))), ...);
  return all;
}

template <class From>
void take_number(Peak& peak, double number) {
  auto& member = From::of(peak);
  member = std::decay_t<decltype(member)>(number);
}

template <class... From>
void take_peaks(UnitRecord& record, std::span<const double> numbers) {
  auto at = numbers.begin();
  for (Peak& peak : record.peaks) (take_number<From>(peak, *at++), ...);
}

template <class... From>
UnitRow peak_row(Item item) {
  return {std::move(item), of_peaks<From...>, take_peaks<From...>};
}

/// Older files have no ties: maps are recentred on the location.
void take_ties(UnitRecord& record, std::span<const double> from) {
  for (std::size_t r = 0; r < record.peaks.size(); ++r) {
    Peak& peak = record.peaks[r];
    if (from[r] > 0)
      peak.ties = int(from[r]);
    else
      peak.centre = {float(peak.location.y), float(peak.location.x)};
  }
}

enum Kind { plain = 0, mean = 1, size = 2, again = 4, share = 8 };

/// A row whose numbers are a member of UnitField.
template <auto... Path>
UnitRow field_row(Item item, int kind = plain) {
  return {std::move(item),
          numbers<Member<&UnitRecord::field, Path...>>,
          take<Member<&UnitRecord::field, Path...>>,
          (kind & mean) != 0,
          (kind & again) != 0,
          (kind & size) != 0,
          (kind & share) != 0};
}

template <auto Size>
UnitRow size_row(Item item, int kind = plain) {
  return field_row<&UnitField::sizes, Size>(std::move(item), kind | size);
}

template <auto Number>
UnitRow gradient_row(Item item) {
  item.runs = Runs::with_gradient;
  const auto numbers = [](const UnitRecord& record) {
    return std::vector<double>{record.gradient ? (*record.gradient).*Number : kNan};
  };
  const auto take = [](UnitRecord& record, std::span<const double> from) {
    if (!record.gradient) record.gradient.emplace();
    (*record.gradient).*Number = float(from[0]);
  };
  return {std::move(item), numbers, take, true};
}

/// The field's peak over the mean response; NaN where no image drives the unit.
std::vector<double> drop_share(const UnitRecord& record) {
  double response = 0;
  for (const Peak& peak : record.peaks) response += std::fabs(peak.activation);
  float peak = 0;
  for (std::size_t i = 0; i < record.field.mean.size(); ++i)
    if (2 * std::size_t(record.field.count[i]) >= record.peaks.size())
      peak = std::max(peak, record.field.mean[i]);
  return {record.peaks.empty() ? kNan : float(peak / (response / double(record.peaks.size())))};
}

std::vector<double> median_size(const UnitRecord& record) {
  std::vector<float> values = record.field.rank_size;
  std::erase_if(values, [](float v) { return std::isnan(v); });
  if (values.empty()) return {kNan};
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return {values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2};
}

/// Standard deviation of the images' centroids, root mean square of both axes.
std::vector<double> jitter(const UnitRecord& record) {
  double n = 0, y = 0, x = 0, squares = 0;
  for (const Centre& c : record.field.rank_centroid)
    if (std::isfinite(c.y)) ++n, y += c.y, x += c.x;
  for (const Centre& c : record.field.rank_centroid)
    if (std::isfinite(c.y))
      squares += (c.y - y / n) * (c.y - y / n) + (c.x - x / n) * (c.x - x / n);
  return {n > 1 ? float(std::sqrt(squares / 2 / (n - 1))) : kNan};
}

std::vector<double> centroids(const UnitRecord& record) {
  std::vector<double> flat;
  for (const Centre& c : record.field.rank_centroid)
    flat.insert(flat.end(), {float(c.y), float(c.x)});
  return flat;
}

void take_centroids(UnitRecord& record, std::span<const double> from) {
  for (std::size_t r = 0; r < record.peaks.size(); ++r)
    record.field.rank_centroid.push_back({from[2 * r], from[2 * r + 1]});
}

std::vector<double> noise_floor(const UnitRecord& record) {
  return {record.peaks.empty() ? kNan : record.noise_floor};
}

Item per_peak(std::string_view name, Type type, std::string_view long_name, int since = 1) {
  return {name, type, {"unit", "rank"}, long_name, "1", since};
}

/// A map of the unit's canvas.
Item canvas_map(std::string_view name, Type type, std::string_view long_name, int since = 1,
                Runs runs = Runs::all) {
  return {name, type, {"unit", "y", "x"}, long_name, "1", since, true, runs};
}

template <class Map>
MapRow map_row(Item item) {
  const auto length = [](const UnitRecord& record) { return Map::of(record).size(); };
  const auto write = [](const UnitRecord& record, const h5::Dataset& to, const h5::Slab& slab) {
    h5::write_slab(to, slab, std::span(Map::of(record)));
  };
  const auto read = [](UnitRecord& record, const h5::Dataset& from, const h5::Slab& slab) {
    auto& map = Map::of(record);
    map = h5::read_slab<typename std::decay_t<decltype(map)>::value_type>(from, slab);
  };
  return {std::move(item), length, write, read};
}

template <auto Map>
MapRow field_map(Item item) {
  return map_row<Member<&UnitRecord::field, Map>>(std::move(item));
}

const std::vector<MapRow>& all_map_rows() {
  static const std::vector<MapRow> rows = {
      field_map<&UnitField::mean>(
          canvas_map("receptive_field", Type::float32,
                     "empirical receptive field: mean recentred discrepancy map")),
      field_map<&UnitField::count>(
          canvas_map("count", Type::uint16, "images that reach the pixel")),
      field_map<&UnitField::signed_mean>(canvas_map(
          "signed_field", Type::float32,
          "mean signed change, original - occluded: excitation above 0, inhibition below", 2)),
      map_row<Member<&UnitRecord::change>>(
          {.name = "discrepancy",
           .type = Type::float32,
           .dimensions = {"unit", "rank", "grid_y", "grid_x"},
           .long_name = "change of the response: original - occluded",
           .units = "1",
           .one_map = true,
           .runs = Runs::with_kept_maps}),
      map_row<GradientMap>(canvas_map("gradient_field", Type::float32,
                                      "mean absolute gradient, recentred, from the same images", 1,
                                      Runs::with_gradient)),
  };
  return rows;
}

std::vector<UnitRow> rows_of_peaks() {
  return {
      peak_row<Member<&Peak::image>>(
          per_peak("top_image", Type::int32, "index of the image, -1 where none")),
      peak_row<Member<&Peak::activation>>(
          per_peak("top_activation", Type::float32, "response to the image")),
      peak_row<Member<&Peak::location, &Point::y>, Member<&Peak::location, &Point::x>>(
          along({"axis"}, per_peak("top_location", Type::int32,
                                   "position of the response in the layer's map, -1 where none"))),
      peak_row<Member<&Peak::centre, &MeanPosition::y>, Member<&Peak::centre, &MeanPosition::x>>(
          along({"axis"}, per_peak("top_centre", Type::float32,
                                   "what the map is recentred on: mean of the positions that "
                                   "attain the extremum",
                                   2))),
      {per_peak("top_ties", Type::int32, "positions that attain the extremum, -1 where none", 2),
       of_peaks<Member<&Peak::ties>>, take_ties},
  };
}

std::vector<UnitRow> rows_of_field() {
  return {
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
       numbers<Member<&UnitRecord::rf_size>>, take<Member<&UnitRecord::rf_size>>},
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
  };
}

std::vector<UnitRow> rows_of_sizes() {
  return {
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
          number("gaussian_r2", "explained variance of the fitted Gaussian", "1"), share),
      {number("noise_floor", "largest difference between null occluders", "1"), noise_floor,
       take<Member<&UnitRecord::noise_floor>>},
      field_row<&UnitField::truncated>(
          number("truncated", "share of the cut contour that touches pixels which do not count",
                 "1"),
          mean | size | share),
  };
}

std::vector<UnitRow> rows_of_gradient() {
  return {
      gradient_row<&GradientField::size>(
          number("gradient_size", "size of gradient_field by the chosen rule", "px")),
      gradient_row<&GradientField::size_occluder>(number(
          "gradient_size_occluder", "the same after a box filter of the occluder's size", "px")),
      gradient_row<&GradientField::correlation>(number(
          "gradient_correlation", "correlation of gradient_field with receptive_field", "1")),
      gradient_row<&GradientField::overlap>(
          number("gradient_overlap", "shared over joint area of the two at the chosen cut", "1")),
  };
}

}  // namespace

const std::vector<UnitRow>& unit_rows() {
  static const std::vector<UnitRow> rows = [] {
    std::vector<UnitRow> all = rows_of_peaks();
    for (const auto& part : {rows_of_field(), rows_of_sizes(), rows_of_gradient()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return rows;
}

std::span<const UnitRow> peak_rows() {
  static const std::size_t count = rows_of_peaks().size();
  return std::span(unit_rows()).first(count);
}

bool Holds::has(const Item& row) const {
  return row.runs == Runs::all || (row.runs == Runs::with_gradient ? gradients : change_maps);
}

h5::Slab MapRow::slab(int unit, std::size_t ranks, const Extents& extents) const {
  h5::Slab slab{h5::Extent(dimensions.size(), 0), {}};
  slab.start[0] = hsize_t(unit);
  for (const std::string_view d : dimensions)
    slab.count.push_back(d == "unit" ? 1 : d == "rank" ? ranks : length_of(extents, d));
  return slab;
}

std::vector<MapRow> map_rows(const Holds& file) {
  std::vector<MapRow> rows = all_map_rows();
  std::erase_if(rows,
                [&](const MapRow& row) { return !file.has(row) || row.since > file.version; });
  return rows;
}

Extents layer_extents(const LayerRecord& layer, const Grid& grid) {
  return {{"unit", layer.units.size()},
          {"rank", hsize_t(layer.top_k)},
          {std::string(kBottomRank), hsize_t(layer.bottom_k)},
          {"y", hsize_t(layer.canvas.height)},
          {"x", hsize_t(layer.canvas.width)},
          {"grid_y", hsize_t(grid.count.h)},
          {"grid_x", hsize_t(grid.count.w)}};
}

}  // namespace rfmap::results
