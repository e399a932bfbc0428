#include "results/unit_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/nan.h"

namespace rfmap::results {
namespace {

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

UnitTable::UnitTable(int units, int ranks, bool gradient)
    : units_(units), ranks_(ranks), gradient_(gradient) {
  for (const Item& item : unit_items(gradient)) {
    const std::size_t n = std::size_t(units) * width_of(item, ranks);
    if (is_integer(item))
      integers_[std::string(item.name)].assign(n, -1);
    else
      floats_[std::string(item.name)].assign(n, kNan);
  }
}

void UnitTable::set(const std::string& name, int unit, std::span<const float> values) {
  std::vector<float>& column = floats_.at(name);
  const std::size_t width = column.size() / std::size_t(units_);
  std::copy_n(values.begin(), std::min(values.size(), width),
              column.begin() + std::ptrdiff_t(std::size_t(unit) * width));
}

std::span<const float> UnitTable::row(const std::string& name, int unit) const {
  const std::vector<float>& column = floats_.at(name);
  const std::size_t width = column.size() / std::size_t(units_);
  return std::span(column).subspan(std::size_t(unit) * width, width);
}

void UnitTable::put_peaks(int unit, const std::vector<Peak>& peaks) {
  std::size_t cell = std::size_t(unit) * std::size_t(ranks_);
  for (const Peak& peak : peaks) {
    floats_.at("top_activation")[cell] = peak.activation;
    integers_.at("top_image")[cell] = peak.image;
    integers_.at("top_location")[2 * cell] = peak.location.y;
    integers_.at("top_location")[2 * cell + 1] = peak.location.x;
    integers_.at("top_ties")[cell] = peak.ties;
    floats_.at("top_centre")[2 * cell] = peak.centre.y;
    floats_.at("top_centre")[2 * cell + 1] = peak.centre.x;
    ++cell;
  }
}

std::vector<Peak> UnitTable::peaks(int unit) const {
  const std::span<const float> activations = row("top_activation", unit);
  const std::span<const float> centres = row("top_centre", unit);
  const std::size_t first = std::size_t(unit) * std::size_t(ranks_);
  const auto& images = integers_.at("top_image");
  const auto& places = integers_.at("top_location");
  const auto& ties = integers_.at("top_ties");
  std::vector<Peak> peaks;
  for (std::size_t r = 0; r < std::size_t(ranks_) && images[first + r] >= 0; ++r) {
    const Point location{places[2 * (first + r)], places[2 * (first + r) + 1]};
    Peak peak{images[first + r], activations[r], location};
    if (ties[first + r] > 0) {
      peak.ties = ties[first + r];
      peak.centre = {centres[2 * r], centres[2 * r + 1]};
    }
    peaks.push_back(peak);
  }
  return peaks;
}

void UnitTable::put(int unit, const UnitRecord& record) {
  put_peaks(unit, record.peaks);
  for (const UnitRow& item : unit_rows())
    if (has(item)) set(std::string(item.name), unit, item.numbers(record));
}

UnitRecord UnitTable::get(int unit) const {
  UnitRecord record;
  record.peaks = peaks(unit);
  for (const UnitRow& item : unit_rows())
    if (item.take && has(item)) item.take(record, row(std::string(item.name), unit));
  return record;
}

void UnitTable::write(const Scope& scope, const Extents& extents) const {
  for (const Item& item : unit_items(gradient_)) {
    const h5::Dataset dataset = create_item(scope, item, extents);
    const std::string name(item.name);
    if (is_integer(item))
      h5::write_all(dataset, integers_.at(name));
    else
      h5::write_all(dataset, floats_.at(name));
  }
}

UnitTable UnitTable::read(hid_t group, int units, int ranks, bool gradient) {
  const int version = version_of(group);
  UnitTable table(units, ranks, gradient);
  for (const Item& item : unit_items(gradient)) {
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

/// Of the rows beside gradients, or of gradients.
void append_means(const UnitTable& table, int version, bool gradient, Attributes& figures) {
  for (const UnitRow& item : unit_rows()) {
    if (!item.mean || item.since > version || item.gradient != gradient || !table.has(item))
      continue;
    const std::string name(item.name);
    const Moments m = moments(table.column(name));
    figures.emplace_back(name + "_mean", m.mean);
    figures.emplace_back(name + "_std", m.deviation);
    if (name == "size_equivalent") figures.emplace_back("units_resolved", std::int64_t(m.count));
  }
}

void append_sides(const UnitTable& table, Attributes& figures) {
  const std::vector<float> sides = theoretical_sides(table.column("unit_rf_size"));
  const auto [least, most] = std::ranges::minmax(sides);
  figures.emplace_back("unit_rf_side_mean", moments(sides).mean);
  figures.emplace_back("unit_rf_side_least", double(least));
  figures.emplace_back("unit_rf_side_most", double(most));
}

}  // namespace

Attributes layer_figures(const UnitTable& table, int version) {
  Attributes figures;
  figures.emplace_back("unit_count", std::int64_t(table.units()));
  figures.emplace_back("units_measured", std::int64_t(moments(table.column("size")).count));
  if (version >= 2) figures.emplace_back("units_with_interval", intervals(table));
  append_means(table, version, false, figures);
  if (version >= 2) append_sides(table, figures);
  append_means(table, version, true, figures);
  return figures;
}

}  // namespace rfmap::results
