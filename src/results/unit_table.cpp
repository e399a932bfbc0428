#include "results/unit_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rfmap {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Numbers a unit in a dataset.
std::size_t width_of(const Item& item, int ranks) {
  std::size_t width = 1;
  for (std::string_view d : item.dimensions) {
    if (d == "rank") width *= std::size_t(ranks);
    if (d == "axis") width *= kAxis.size();
    if (d == "bound") width *= kBound.size();
    if (d == "box_side") width *= kBoxSide.size();
    if (d == "gaussian_parameter") width *= kGaussianParameter.size();
  }
  return width;
}

/// The field's peak over the mean response; NaN where no image drives the unit.
float drop_share(const UnitRecord& record) {
  double response = 0;
  for (const Peak& peak : record.peaks) response += std::fabs(peak.activation);
  float peak = 0;
  for (std::size_t i = 0; i < record.field.mean.size(); ++i)
    if (2 * std::size_t(record.field.count[i]) >= record.peaks.size())
      peak = std::max(peak, record.field.mean[i]);
  return record.peaks.empty() ? kNan : float(peak / (response / double(record.peaks.size())));
}

float median(std::vector<float> values) {
  std::erase_if(values, [](float v) { return std::isnan(v); });
  if (values.empty()) return kNan;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Standard deviation of the images' centroids, root mean square of both axes.
float jitter(const std::vector<Centre>& centroids) {
  double n = 0, y = 0, x = 0, squares = 0;
  for (const Centre& c : centroids)
    if (std::isfinite(c.y)) ++n, y += c.y, x += c.x;
  for (const Centre& c : centroids)
    if (std::isfinite(c.y))
      squares += (c.y - y / n) * (c.y - y / n) + (c.x - x / n) * (c.x - x / n);
  return n > 1 ? float(std::sqrt(squares / 2 / (n - 1))) : kNan;
}

/// Geometric means of the pairs (y, x).
std::vector<float> theoretical_sides(const std::vector<float>& sizes) {
  std::vector<float> sides;
  for (std::size_t i = 0; i + 1 < sizes.size(); i += 2)
    sides.push_back(std::sqrt(sizes[i] * sizes[i + 1]));
  if (sides.empty()) sides.push_back(kNan);
  return sides;
}

bool is_integer(const Item& item) { return item.type == h5::Type::int32; }

}  // namespace

UnitTable::UnitTable(int units, int ranks) : units_(units), ranks_(ranks) {
  for (const Item& item : unit_items()) {
    const std::size_t n = std::size_t(units) * width_of(item, ranks);
    if (is_integer(item))
      integers_[std::string(item.name)].assign(n, -1);
    else
      floats_[std::string(item.name)].assign(n, kNan);
  }
}

void UnitTable::set(const char* name, int unit, std::span<const float> values) {
  std::vector<float>& column = floats_.at(name);
  const std::size_t width = column.size() / std::size_t(units_);
  std::copy_n(values.begin(), std::min(values.size(), width),
              column.begin() + std::ptrdiff_t(std::size_t(unit) * width));
}

std::span<const float> UnitTable::row(const char* name, int unit) const {
  const std::vector<float>& column = floats_.at(name);
  const std::size_t width = column.size() / std::size_t(units_);
  return std::span(column).subspan(std::size_t(unit) * width, width);
}

void UnitTable::put(int unit, const UnitRecord& record) {
  std::vector<float> activations;
  std::size_t cell = std::size_t(unit) * std::size_t(ranks_);
  for (const Peak& peak : record.peaks) {
    activations.push_back(peak.activation);
    integers_.at("top_image")[cell] = peak.image;
    integers_.at("top_location")[2 * cell] = peak.location.y;
    integers_.at("top_location")[2 * cell + 1] = peak.location.x;
    integers_.at("top_ties")[cell] = peak.ties;
    floats_.at("top_centre")[2 * cell] = peak.centre.y;
    floats_.at("top_centre")[2 * cell + 1] = peak.centre.x;
    ++cell;
  }
  const UnitField& field = record.field;
  const Sizes& sizes = field.sizes;
  const auto one = [&](const char* name, float value) { set(name, unit, std::span(&value, 1)); };
  set("top_activation", unit, activations);
  set("rank_size", unit, field.rank_size);
  one("size", field.size);
  set("size_interval", unit, field.interval);
  set("unit_rf_size", unit, record.rf_size);
  one("size_equivalent", field.equivalent);
  one("size_bias", field.bias);
  one("size_thinned", field.thinned);
  one("reliability", field.reliability);
  one("inhibition", field.inhibition);
  one("drop_share", drop_share(record));
  one("size_own", median(field.rank_size));
  one("jitter", jitter(field.rank_centroid));
  std::vector<float> centroids;
  for (const Centre& c : field.rank_centroid)
    centroids.insert(centroids.end(), {float(c.y), float(c.x)});
  set("rank_centroid", unit, centroids);
  one("size_cut", sizes.cut);
  one("size_cut10", sizes.cut10);
  one("size_cut25", sizes.cut25);
  one("size_cut50", sizes.cut50);
  one("radius50", sizes.radius50);
  one("radius90", sizes.radius90);
  set("box", unit, sizes.box);
  set("gaussian", unit, sizes.gaussian.parameters);
  one("gaussian_r2", sizes.gaussian.r2);
  one("noise_floor", record.peaks.empty() ? kNan : record.noise_floor);
  one("truncated", field.truncated);
}

UnitRecord UnitTable::get(int unit) const {
  UnitRecord record;
  const std::span<const float> activations = row("top_activation", unit);
  const std::size_t first = std::size_t(unit) * std::size_t(ranks_);
  const auto& images = integers_.at("top_image");
  const auto& places = integers_.at("top_location");
  const auto& ties = integers_.at("top_ties");
  const std::span<const float> centres = row("top_centre", unit);
  for (std::size_t r = 0; r < std::size_t(ranks_) && images[first + r] >= 0; ++r) {
    const Point location{places[2 * (first + r)], places[2 * (first + r) + 1]};
    Peak peak{images[first + r], activations[r], location};
    if (ties[first + r] > 0) {
      peak.ties = ties[first + r];
      peak.centre = {centres[2 * r], centres[2 * r + 1]};
    }
    record.peaks.push_back(peak);
  }
  const auto one = [&](const char* name) { return row(name, unit)[0]; };
  UnitField& field = record.field;
  Sizes& sizes = field.sizes;
  const std::span<const float> ranks = row("rank_size", unit).first(record.peaks.size());
  field.rank_size.assign(ranks.begin(), ranks.end());
  field.size = one("size");
  std::ranges::copy(row("size_interval", unit), field.interval.begin());
  std::ranges::copy(row("unit_rf_size", unit), record.rf_size.begin());
  field.equivalent = one("size_equivalent");
  field.bias = one("size_bias");
  field.thinned = one("size_thinned");
  field.reliability = one("reliability");
  field.inhibition = one("inhibition");
  const std::span<const float> centroids = row("rank_centroid", unit);
  for (std::size_t r = 0; r < record.peaks.size(); ++r)
    field.rank_centroid.push_back({centroids[2 * r], centroids[2 * r + 1]});
  sizes.cut = one("size_cut");
  sizes.cut10 = one("size_cut10");
  sizes.cut25 = one("size_cut25");
  sizes.cut50 = one("size_cut50");
  sizes.radius50 = one("radius50");
  sizes.radius90 = one("radius90");
  std::ranges::copy(row("box", unit), sizes.box.begin());
  std::ranges::copy(row("gaussian", unit), sizes.gaussian.parameters.begin());
  sizes.gaussian.r2 = one("gaussian_r2");
  record.noise_floor = one("noise_floor");
  field.truncated = one("truncated");
  return record;
}

void UnitTable::write(const Scope& scope, const Extents& extents, bool bottom) const {
  for (const Item& item : unit_items()) {
    const h5::Dataset dataset = create_item(scope, item, extents, bottom);
    const std::string name(item.name);
    if (is_integer(item))
      h5::write_all(dataset, integers_.at(name));
    else
      h5::write_all(dataset, floats_.at(name));
  }
}

UnitTable UnitTable::read(hid_t group, int units, int ranks) {
  const int version = version_of(group);
  UnitTable table(units, ranks);
  for (const Item& item : unit_items()) {
    const std::string name(item.name);
    if (item.since > version) continue;  // NaN and -1
    const h5::Dataset dataset = h5::open_dataset(group, name);
    if (h5::volume(h5::extent_of(dataset)) != std::size_t(units) * width_of(item, ranks))
      throw h5::Failure("read " + name, "its extent does not fit the layer's units and ranks");
    if (is_integer(item))
      table.integers_[name] = h5::read_all<std::int32_t>(dataset);
    else
      table.floats_[name] = h5::read_all<float>(dataset);
  }
  return table;
}

Moments moments(const std::vector<float>& values) {
  Moments m;
  double sum = 0;
  for (float v : values)
    if (std::isfinite(v)) sum += v, ++m.count;
  m.mean = m.count ? sum / m.count : std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (float v : values)
    if (std::isfinite(v)) squares += (v - m.mean) * (v - m.mean);
  m.deviation = m.count ? std::sqrt(squares / m.count) : m.mean;
  return m;
}

namespace {

std::int64_t intervals(const UnitTable& table) {
  const std::vector<float> bounds = table.column("size_interval");
  std::int64_t count = 0;
  for (std::size_t i = 0; i < bounds.size(); i += 2) count += std::isfinite(bounds[i]);
  return count;
}

}  // namespace

Attributes layer_figures(const UnitTable& table, int version) {
  Attributes figures;
  figures.emplace_back("unit_count", std::int64_t(table.units()));
  figures.emplace_back("units_measured", std::int64_t(moments(table.column("size")).count));
  if (version >= 2) figures.emplace_back("units_with_interval", intervals(table));
  for (const char* name :
       {"size", "size_equivalent", "size_thinned", "reliability", "inhibition", "drop_share",
        "size_own", "jitter", "size_cut10", "size_cut25", "size_cut50", "truncated"}) {
    if (item_of(unit_items(), name).since > version) continue;
    const Moments m = moments(table.column(name));
    figures.emplace_back(name + std::string("_mean"), m.mean);
    figures.emplace_back(name + std::string("_std"), m.deviation);
    if (std::string_view(name) == "size_equivalent")
      figures.emplace_back("units_resolved", std::int64_t(m.count));
  }
  if (version < 2) return figures;
  const std::vector<float> sides = theoretical_sides(table.column("unit_rf_size"));
  const auto [least, most] = std::ranges::minmax(sides);
  figures.emplace_back("unit_rf_side_mean", moments(sides).mean);
  figures.emplace_back("unit_rf_side_least", double(least));
  figures.emplace_back("unit_rf_side_most", double(most));
  return figures;
}

}  // namespace rfmap
