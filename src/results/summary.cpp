#include <cmath>

#include "rfmap/results.h"

#include "results/h5/attribute_io.h"
#include "results/open_file.h"
#include "results/unit_rows.h"

namespace rfmap {
using namespace results;
namespace {

double number_or(hid_t group, const std::string& name, double fallback) {
  return h5::has_attribute(group, name) ? h5::read_number(group, name) : fallback;
}

int integer_or(hid_t group, const std::string& name, int fallback) {
  return h5::has_attribute(group, name) ? int(h5::read_integer(group, name)) : fallback;
}

std::map<std::string, OverUnits> read_means(hid_t group) {
  const Holds holds{.gradients = h5::has_attribute(group, "gradient_size_mean")};
  std::map<std::string, OverUnits> means;
  for (const UnitRow& row : unit_rows()) {
    if (!row.mean || !holds.has(row)) continue;
    const std::string name(row.name);
    const auto number = [&](const std::string& attribute) {
      return row.since > 1 ? number_or(group, attribute, std::nan(""))
                           : h5::read_number(group, attribute);
    };
    means[name] = {number(name + "_mean"), number(name + "_std")};
  }
  return means;
}

SummaryRow read_row(hid_t group) {
  SummaryRow row;
  row.layer = h5::read_text(group, "name");
  row.kind = h5::read_text(group, "kind");
  row.node = h5::has_attribute(group, "node") ? h5::read_text(group, "node") : row.layer;
  row.units = int(h5::read_integer(group, "unit_count"));
  row.measured = int(h5::read_integer(group, "units_measured"));
  const char* const local = "local_rf_size";
  const auto rf = h5::read_numbers(group, h5::has_attribute(group, local) ? local : "rf_size");
  if (rf.size() != 2) throw h5::Failure("read attribute rf_size", "it has not two values");
  row.rf_size = {rf[0], rf[1]};
  row.size_flat = h5::read_number(group, "size_flat");
  const double side = std::sqrt(rf[0] * rf[1]);
  row.own_theory = {number_or(group, "unit_rf_side_mean", side),
                    number_or(group, "unit_rf_side_least", side),
                    number_or(group, "unit_rf_side_most", side)};
  row.resolved = integer_or(group, "units_resolved", 0);
  row.with_interval = integer_or(group, "units_with_interval", row.measured);
  row.over_units = read_means(group);
  return row;
}

}  // namespace

OverUnits SummaryRow::of(const std::string& dataset) const {
  const auto found = over_units.find(dataset);
  return found == over_units.end() ? OverUnits{} : found->second;
}

std::vector<SummaryRow> summarize(const std::string& path) {
  const h5::File file = open_results(path);
  return reading(path, [&] {
    std::vector<SummaryRow> rows;
    const h5::Group layers = h5::open_group(file.get(), "layers");
    for (const std::string& name : h5::read_text_list(layers.get(), "order"))
      rows.push_back(read_row(h5::open_group(layers.get(), name).get()));
    return rows;
  });
}

}  // namespace rfmap
