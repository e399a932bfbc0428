#include "results/summary_rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "results/unit_rows.h"

namespace rfmap::results {
namespace {

constexpr int kDatasetBatch = 5, kNewestBatch = 6;

template <class Get>
SummaryField field(std::string name, Get get, int csv_batch = 0) {
  return core::row_field<SummaryRow>(std::move(name), get, csv_batch);
}

SummaryField with_parts(SummaryField f, std::vector<std::string_view> parts) {
  f.parts = std::move(parts);
  f.object = true;
  return f;
}

/// The mean over units of a dataset.
SummaryField mean_of(const std::string& dataset, int csv_batch = 0) {
  return field(
      dataset, [=](const SummaryRow& row) { return row.of(dataset).mean; }, csv_batch);
}

SummaryField mean_column(const std::string& dataset, int csv_batch) {
  return with_parts(mean_of(dataset, csv_batch), {"mean"});
}

SummaryField spread(const std::string& dataset, int csv_batch = 0) {
  const auto get = [=](const SummaryRow& row) {
    const OverUnits over = row.of(dataset);
    return std::array{over.mean, over.deviation};
  };
  return with_parts(field(dataset, get, csv_batch), {"mean", "std"});
}

/// In the order of JSON; those of CSV by batch.
std::vector<SummaryField> placed_fields() {
  using Row = SummaryRow;
  return {field("layer", &Row::layer),
          field("kind", &Row::kind),
          field("node", &Row::node, kNewestBatch),
          field("rf_size", &Row::rf_size),
          with_parts(field("unit_rf_side", &Row::own_theory, 2), {"mean", "least", "most"}),
          spread("size_equivalent", 1),
          field("units_resolved", &Row::resolved, 1),
          field("units_with_interval", &Row::with_interval, 3),
          mean_column("size_own", 1),
          mean_column("jitter", 1),
          mean_column("size_thinned", 1),
          mean_column("reliability", 1),
          mean_column("inhibition", 1),
          mean_column("drop_share", 1),
          field("size_flat", &Row::size_flat),
          spread("size"),
          spread("size_cut10"),
          spread("size_cut25"),
          spread("size_cut50"),
          field("measured", &Row::measured),
          field("units", &Row::units),
          mean_of("truncated"),
          spread("gradient_size", 4),
          spread("gradient_size_occluder", 4),
          mean_of("gradient_correlation", 4),
          mean_of("gradient_overlap", 4)};
}

std::function<OverUnits(const SummaryRow&)> over(const char* dataset) {
  return [=](const SummaryRow& row) { return row.of(dataset); };
}

OverUnits of_theory(const SummaryRow& row) {
  return {row.of("size_equivalent").mean / row.own_theory[0], 0};
}

OverUnits flat(const SummaryRow& row) { return {row.size_flat, 0}; }

}  // namespace

std::vector<SummaryField> summary_fields(bool gradient) {
  std::vector<SummaryField> fields = placed_fields();
  for (const UnitRow& row : unit_rows()) {
    const auto is_its = [&](const SummaryField& f) { return f.name == row.name; };
    if (!Holds{.gradients = gradient}.has(row))
      std::erase_if(fields, is_its);
    else if (row.mean && std::ranges::none_of(fields, is_its))
      fields.push_back(spread(std::string(row.name), kDatasetBatch));
  }
  return fields;
}

const std::vector<SummaryColumn>& summary_columns() {
  constexpr const char *kSpread = "{:.1f} ± {:.1f}", *kOne = "{:.1f}", *kTwo = "{:.2f}";
  static const std::vector<SummaryColumn> columns = {
      {"equivalent", "Equivalent", over("size_equivalent"), kSpread},
      {"of theory", "of theory", of_theory, "{:.0f} %", 100},
      {"size", "Measured", over("size"), kSpread},
      {"own", "own maps", over("size_own"), kOne},
      {"jitter", "jitter", over("jitter"), kOne},
      {"flat", "Flat", flat, kOne},
      {"gradient", "Gradient", over("gradient_size"), kSpread, 1, true},
      {"grad+box", "gradient, box-filtered", over("gradient_size_occluder"), kSpread, 1, true},
      {"corr.", "correlation", over("gradient_correlation"), kTwo, 1, true},
      {"cut 0.25", "at cut 0.25", over("size_cut25"), kSpread},
      {"cut 0.5", "at cut 0.5", over("size_cut50"), kSpread},
      {"reliab.", nullptr, over("reliability"), kTwo},
      {"inhib.", nullptr, over("inhibition"), kTwo},
  };
  return columns;
}

std::string SummaryColumn::text(const SummaryRow& row) const {
  const auto [mean, deviation] = numbers(row);
  if (std::isnan(mean)) return "";
  return fmt::format(fmt::runtime(format), factor * mean, deviation);
}

}  // namespace rfmap::results
