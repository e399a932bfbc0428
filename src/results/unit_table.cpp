#include "results/unit_table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "core/nan.h"
#include "results/h5/blocks.h"

namespace rfmap::results {
namespace {

/// Numbers per unit in a dataset.
std::size_t width_of(const Item& item, int ranks) {
  const Extents extents{{"unit", 1}, {"rank", hsize_t(ranks)}};
  std::size_t width = 1;
  for (std::string_view d : item.dimensions) width *= length_of(extents, d);
  return width;
}

}  // namespace

UnitTable::UnitTable(int units, int ranks, const Holds& file)
    : units_(units), ranks_(ranks), file_(file) {
  for (const UnitRow& row : unit_rows())
    if (file.has(row))
      columns_[row.name].assign(std::size_t(units) * width_of(row, ranks),
                                row.type == h5::Type::int32 ? -1 : core::kNan);
}

std::span<const double> UnitTable::row(std::string_view name, int unit) const {
  const std::vector<double>& column = columns_.at(name);
  const std::size_t width = column.size() / std::size_t(units_);
  return std::span(column).subspan(std::size_t(unit) * width, width);
}

void UnitTable::put(int unit, const UnitRecord& record) {
  for (const UnitRow& item : unit_rows()) {
    if (!file_.has(item)) continue;
    std::vector<double>& column = columns_.at(item.name);
    const std::vector<double> numbers = item.numbers(record);
    const std::size_t width = column.size() / std::size_t(units_);
    std::copy_n(numbers.begin(), std::min(numbers.size(), width),
                column.begin() + std::ptrdiff_t(std::size_t(unit) * width));
  }
}

UnitRecord UnitTable::get(int unit) const {
  UnitRecord record;
  const auto images = row("top_image", unit);
  const auto none = std::ranges::find_if(images, [](double image) { return image < 0; });
  record.peaks.resize(std::size_t(none - images.begin()));
  for (const UnitRow& item : unit_rows())
    if (item.take && file_.has(item)) item.take(record, row(item.name, unit));
  return record;
}

void UnitTable::write(const Scope& scope, const Extents& extents) const {
  for (const UnitRow& item : unit_rows())
    if (file_.has(item)) h5::write_all(create_item(scope, item, extents), column(item.name));
}

UnitTable UnitTable::read(hid_t group, int units, int ranks, const Holds& file) {
  std::size_t numbers = 0;
  for (const UnitRow& item : unit_rows()) {
    const std::size_t wanted = std::size_t(units) * width_of(item, ranks);
    numbers += wanted;
    if (item.since > file.version || !file.has(item)) continue;
    const std::string name(item.name);
    if (h5::volume(h5::extent_of(h5::open_dataset(group, name))) != wanted)
      throw h5::Failure("read " + name, "its extent does not fit the layer's units and ranks");
  }
  const std::size_t bytes = h5::file_size(group), at_once = h5::most_at_once(bytes);
  if (numbers > 4 * (at_once / sizeof(double)))
    throw h5::Failure("read " + h5::path_of(group), std::to_string(numbers) +
                                                        " numbers of its units in a file of " +
                                                        std::to_string(bytes) + " bytes");
  UnitTable table(units, ranks, file);
  for (const UnitRow& item : unit_rows())
    if (item.since <= file.version && file.has(item))
      table.columns_.at(item.name) =
          h5::read_all<double>(h5::open_dataset(group, std::string(item.name)));
  return table;
}

Moments moments(const std::vector<double>& values) {
  Moments m;
  double sum = 0;
  for (double v : values)
    if (std::isfinite(v)) sum += v, ++m.count;
  m.mean = m.count ? sum / m.count : std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (double v : values)
    if (std::isfinite(v)) squares += (v - m.mean) * (v - m.mean);
  m.deviation = m.count ? std::sqrt(squares / m.count) : m.mean;
  return m;
}

namespace {

std::int64_t intervals(const UnitTable& table) {
  const std::vector<double>& bounds = table.column("size_interval");
  std::int64_t count = 0;
  for (std::size_t i = 0; i < bounds.size(); i += 2) count += std::isfinite(bounds[i]);
  return count;
}

void append_means(const UnitTable& table, Runs runs, Attributes& figures) {
  for (const UnitRow& item : unit_rows()) {
    const bool there = table.file().has(item) && item.since <= table.file().version;
    if (!item.mean || item.runs != runs || !there) continue;
    const std::string name(item.name);
    const Moments m = moments(table.column(name));
    figures.emplace_back(name + "_mean", m.mean);
    figures.emplace_back(name + "_std", m.deviation);
    if (name == "size_equivalent") figures.emplace_back("units_resolved", std::int64_t(m.count));
  }
}

/// Of the geometric means of the theoretical sizes (y, x).
void append_sides(const UnitTable& table, Attributes& figures) {
  const std::vector<double>& sizes = table.column("unit_rf_size");
  std::vector<double> sides;
  for (std::size_t i = 0; i < sizes.size(); i += 2)
    sides.push_back(std::sqrt(float(sizes[i]) * float(sizes[i + 1])));
  if (sides.empty()) sides.push_back(core::kNan);
  const auto [least, most] = std::ranges::minmax(sides);
  figures.emplace_back("unit_rf_side_mean", moments(sides).mean);
  figures.emplace_back("unit_rf_side_least", least);
  figures.emplace_back("unit_rf_side_most", most);
}

}  // namespace

Attributes layer_figures(const UnitTable& table) {
  const bool old = table.file().version < 2;
  Attributes figures;
  figures.emplace_back("unit_count", std::int64_t(table.units()));
  figures.emplace_back("units_measured", std::int64_t(moments(table.column("size")).count));
  if (!old) figures.emplace_back("units_with_interval", intervals(table));
  append_means(table, Runs::all, figures);
  if (!old) append_sides(table, figures);
  append_means(table, Runs::with_gradient, figures);
  return figures;
}

}  // namespace rfmap::results
