#include "app/summary_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rfmap::app {
namespace {

bool truncated(const SummaryRow& r) { return r.truncated > kTruncatedMark; }

/// Growth of the size when every second grid position is left out, from which on a layer is marked:
/// about half of it is what the grid itself adds.
constexpr double kCoarseMark = 0.2;

bool coarse(const SummaryRow& r) { return r.thinned_mean > (1 + kCoarseMark) * r.size_mean; }

/// The layer's field; of units of several branches the least and the largest.
std::string theory(const SummaryRow& r) {
  const auto [y, x] = r.rf_size;
  const auto [mean, least, most] = r.own_theory;
  if (least < most) return number(least) + ".." + number(most);
  if (y != x) return number(y) + "x" + number(x);
  return number(most);
}

std::string one_decimal(double v) { return std::isnan(v) ? "-" : fmt::format("{:.1f}", v); }

std::string two_decimals(double v) { return std::isnan(v) ? "-" : fmt::format("{:.2f}", v); }

std::string of_theory(const SummaryRow& r) {
  const double share = r.equivalent_mean / r.own_theory[0];
  return std::isnan(share) ? "-" : fmt::format("{:.0f} %", 100 * share);
}

bool without_interval(const SummaryRow& r) { return r.with_interval < r.measured; }

std::string marks(const SummaryRow& r) {
  return std::string(truncated(r) ? "t" : "") + (coarse(r) ? "s" : "") +
         (r.resolved < r.measured && !std::isnan(r.own_mean) ? "r" : "") +
         (without_interval(r) ? "i" : "");
}

std::string spread(double mean, double deviation) {
  if (std::isnan(mean)) return "-";
  return fmt::format("{:.1f} ± {:.1f}", mean, deviation);
}

bool any_gradient(const std::vector<SummaryRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const SummaryRow& r) { return r.has_gradient; });
}

/// Size of the gradient field, of the box-filtered one, correlation.
std::vector<std::string> gradient_cells(const SummaryRow& r) {
  if (!r.has_gradient) return {"-", "-", "-"};
  return {spread(r.gradient_mean, r.gradient_std),
          spread(r.gradient_occluder_mean, r.gradient_occluder_std),
          std::isnan(r.correlation_mean) ? "-" : fmt::format("{:.2f}", r.correlation_mean)};
}

std::string to_table(const std::vector<SummaryRow>& rows) {
  std::vector<Row> cells{{"layer", "kind", "theory", "equivalent", "of theory", "size", "own",
                          "jitter", "flat", "cut 0.25", "cut 0.5", "reliab.", "inhib.", "units",
                          ""}};
  for (const SummaryRow& r : rows) {
    cells.push_back({r.layer, r.kind, theory(r), spread(r.equivalent_mean, r.equivalent_std),
                     of_theory(r), spread(r.size_mean, r.size_std), one_decimal(r.own_mean),
                     one_decimal(r.jitter_mean), one_decimal(r.size_flat),
                     spread(r.cut25_mean, r.cut25_std), spread(r.cut50_mean, r.cut50_std),
                     two_decimals(r.reliability_mean), two_decimals(r.inhibition_mean),
                     fmt::format("{}/{}", r.measured, r.units), marks(r)});
  }
  const bool gradient = any_gradient(rows);
  for (std::size_t i = 0; gradient && i < cells.size(); ++i) {
    const Row more = i == 0 ? Row{"gradient", "grad+box", "corr."} : gradient_cells(rows[i - 1]);
    cells[i].insert(cells[i].begin() + 9, more.begin(), more.end());
  }
  std::string text = aligned_table(cells, 2);
  text +=
      "Pixels of the network's input; mean ± standard deviation over units. theory: side of the "
      "theoretical field,\nleast..most where units come from several branches; equivalent: side of "
      "the flat field that would read the measured\nsize with the same occluder and grid, the "
      "number to compare with theory; size: as read, by the chosen rule; own:\nmedian size of the "
      "images' own maps; jitter: standard deviation of their centroids; flat: what a flat "
      "field\nof "
      "the theoretical side would read; reliab.: split-half reliability of the field; inhib.: mass "
      "of rises over mass\nof drops.\n";
  if (gradient)
    text +=
        "gradient: size of the mean absolute gradient by the same rule; grad+box: box-filtered "
        "with "
        "the occluder;\ncorr.: correlation of the box-filtered gradient with the mean absolute "
        "change; "
        "its ceiling is the reliability.\n";
  if (std::any_of(rows.begin(), rows.end(), truncated))
    text += "t: truncated, the frame of the images cuts these fields: the true ones are larger\n";
  if (std::any_of(rows.begin(), rows.end(), coarse))
    text +=
        "s: every second position of the grid reads over 20 % more, so the grid itself adds to the "
        "size (about half as much); a smaller --stride would tell\n";
  if (std::any_of(rows.begin(), rows.end(), [](const SummaryRow& r) {
        return r.resolved < r.measured && !std::isnan(r.own_mean);
      }))
    text += "r: some units are below the occluder's resolution; equivalent is over the others\n";
  if (std::any_of(rows.begin(), rows.end(), without_interval))
    text +=
        "i: some units have no 95 % interval, which needs 5 images (or clusters of related ones) "
        "at least; a larger --top-k or more images would give it\n";
  return text;
}

std::string cell(double v) { return std::isnan(v) ? "" : number(v); }

void append(Row& row, const Row& more) { row.insert(row.end(), more.begin(), more.end()); }

/// Headings of the gradient's columns.
const Row kGradientNames{"gradient_size_mean",          "gradient_size_std",
                         "gradient_size_occluder_mean", "gradient_size_occluder_std",
                         "gradient_correlation",        "gradient_overlap"};
Row gradient_numbers(const SummaryRow& r) {
  if (!r.has_gradient) return Row(kGradientNames.size());
  return {cell(r.gradient_mean),         cell(r.gradient_std),     cell(r.gradient_occluder_mean),
          cell(r.gradient_occluder_std), cell(r.correlation_mean), cell(r.overlap_mean)};
}

std::string to_csv(const std::vector<SummaryRow>& rows) {
  std::vector<Row> cells{{"layer",
                          "kind",
                          "rf_size_y",
                          "rf_size_x",
                          "size_flat",
                          "size_mean",
                          "size_std",
                          "size_cut10_mean",
                          "size_cut10_std",
                          "size_cut25_mean",
                          "size_cut25_std",
                          "size_cut50_mean",
                          "size_cut50_std",
                          "measured",
                          "units",
                          "truncated",
                          "size_equivalent_mean",
                          "size_equivalent_std",
                          "units_resolved",
                          "size_own_mean",
                          "jitter_mean",
                          "size_thinned_mean",
                          "reliability_mean",
                          "inhibition_mean",
                          "drop_share_mean",
                          "unit_rf_side_mean",
                          "unit_rf_side_least",
                          "unit_rf_side_most",
                          "units_with_interval"}};
  const bool gradient = any_gradient(rows);
  if (gradient) append(cells.front(), kGradientNames);
  for (const SummaryRow& r : rows) {
    cells.push_back({r.layer,
                     r.kind,
                     cell(r.rf_size[0]),
                     cell(r.rf_size[1]),
                     cell(r.size_flat),
                     cell(r.size_mean),
                     cell(r.size_std),
                     cell(r.cut10_mean),
                     cell(r.cut10_std),
                     cell(r.cut25_mean),
                     cell(r.cut25_std),
                     cell(r.cut50_mean),
                     cell(r.cut50_std),
                     std::to_string(r.measured),
                     std::to_string(r.units),
                     cell(r.truncated),
                     cell(r.equivalent_mean),
                     cell(r.equivalent_std),
                     std::to_string(r.resolved),
                     cell(r.own_mean),
                     cell(r.jitter_mean),
                     cell(r.thinned_mean),
                     cell(r.reliability_mean),
                     cell(r.inhibition_mean),
                     cell(r.drop_share_mean),
                     cell(r.own_theory[0]),
                     cell(r.own_theory[1]),
                     cell(r.own_theory[2]),
                     std::to_string(r.with_interval)});
    if (gradient) append(cells.back(), gradient_numbers(r));
  }
  return csv(cells);
}

std::string to_json(const std::vector<SummaryRow>& rows) {
  auto document = nlohmann::ordered_json::array();  // NaN becomes null
  for (const SummaryRow& r : rows) {
    document.push_back(
        {{"layer", r.layer},
         {"kind", r.kind},
         {"rf_size", r.rf_size},
         {"unit_rf_side",
          {{"mean", r.own_theory[0]}, {"least", r.own_theory[1]}, {"most", r.own_theory[2]}}},
         {"size_equivalent", {{"mean", r.equivalent_mean}, {"std", r.equivalent_std}}},
         {"units_resolved", r.resolved},
         {"units_with_interval", r.with_interval},
         {"size_own", r.own_mean},
         {"jitter", r.jitter_mean},
         {"size_thinned", r.thinned_mean},
         {"reliability", r.reliability_mean},
         {"inhibition", r.inhibition_mean},
         {"drop_share", r.drop_share_mean},
         {"size_flat", r.size_flat},
         {"size", {{"mean", r.size_mean}, {"std", r.size_std}}},
         {"size_cut10", {{"mean", r.cut10_mean}, {"std", r.cut10_std}}},
         {"size_cut25", {{"mean", r.cut25_mean}, {"std", r.cut25_std}}},
         {"size_cut50", {{"mean", r.cut50_mean}, {"std", r.cut50_std}}},
         {"measured", r.measured},
         {"units", r.units},
         {"truncated", r.truncated}});
    if (!r.has_gradient) continue;
    document.back()["gradient_size"] = {{"mean", r.gradient_mean}, {"std", r.gradient_std}};
    document.back()["gradient_size_occluder"] = {{"mean", r.gradient_occluder_mean},
                                                 {"std", r.gradient_occluder_std}};
    document.back()["gradient_correlation"] = r.correlation_mean;
    document.back()["gradient_overlap"] = r.overlap_mean;
  }
  return document.dump(2) + "\n";
}

}  // namespace

std::string summary_text(const std::vector<SummaryRow>& rows, Format format) {
  if (format == Format::csv) return to_csv(rows);
  if (format == Format::json) return to_json(rows);
  return to_table(rows);
}

}  // namespace rfmap::app
