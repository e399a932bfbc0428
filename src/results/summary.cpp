#include <cmath>

#include "rfmap/results.h"

#include "results/attribute_io.h"
#include "results/open_results.h"

namespace rfmap {
namespace {

SummaryRow read_row(hid_t group) {
  const auto number = [&](const char* name) { return h5::read_number(group, name); };
  SummaryRow row;
  row.layer = h5::read_text(group, "name");
  row.kind = h5::read_text(group, "kind");
  row.units = int(h5::read_integer(group, "unit_count"));
  row.measured = int(h5::read_integer(group, "units_measured"));
  const char* const local = "local_rf_size";
  const auto rf = h5::read_numbers(group, h5::has_attribute(group, local) ? local : "rf_size");
  if (rf.size() != 2) throw h5::Failure("read attribute rf_size", "it has not two values");
  row.rf_size = {rf[0], rf[1]};
  row.size_flat = number("size_flat");
  const double side = std::sqrt(rf[0] * rf[1]);
  const auto own = [&](const char* name) {
    return h5::has_attribute(group, name) ? number(name) : side;
  };
  row.own_theory = {own("unit_rf_side_mean"), own("unit_rf_side_least"), own("unit_rf_side_most")};
  const auto newer = [&](const char* name) {
    return h5::has_attribute(group, name) ? number(name) : std::nan("");
  };
  row.equivalent_mean = newer("size_equivalent_mean");
  row.equivalent_std = newer("size_equivalent_std");
  if (h5::has_attribute(group, "units_resolved"))
    row.resolved = int(h5::read_integer(group, "units_resolved"));
  row.with_interval = row.measured;
  if (h5::has_attribute(group, "units_with_interval"))
    row.with_interval = int(h5::read_integer(group, "units_with_interval"));
  row.own_mean = newer("size_own_mean");
  row.jitter_mean = newer("jitter_mean");
  row.thinned_mean = newer("size_thinned_mean");
  row.reliability_mean = newer("reliability_mean");
  row.inhibition_mean = newer("inhibition_mean");
  row.drop_share_mean = newer("drop_share_mean");
  row.size_mean = number("size_mean");
  row.size_std = number("size_std");
  row.cut10_mean = number("size_cut10_mean");
  row.cut10_std = number("size_cut10_std");
  row.cut25_mean = number("size_cut25_mean");
  row.cut25_std = number("size_cut25_std");
  row.cut50_mean = number("size_cut50_mean");
  row.cut50_std = number("size_cut50_std");
  row.truncated = number("truncated_mean");
  row.has_gradient = h5::has_attribute(group, "gradient_size_mean");
  if (!row.has_gradient) return row;
  row.gradient_mean = number("gradient_size_mean");
  row.gradient_std = number("gradient_size_std");
  row.gradient_occluder_mean = number("gradient_size_occluder_mean");
  row.gradient_occluder_std = number("gradient_size_occluder_std");
  row.correlation_mean = number("gradient_correlation_mean");
  row.overlap_mean = number("gradient_overlap_mean");
  return row;
}

}  // namespace

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
