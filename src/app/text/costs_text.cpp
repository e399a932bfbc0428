#include "app/text/costs_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/text/row_text.h"
#include "core/duration.h"
#include "core/nan.h"

namespace rfmap::app {

using namespace core;

namespace {

/// One quantity; numbers that nothing tells are NaN.
struct CostRow {
  std::string quantity, unit;  ///< unit: 1, MAC, B, s
  double least = 0, expected = 0, most = 0;
  std::string basis;
};

std::vector<RowField<CostRow>> cost_fields() {
  return {row_field<CostRow>("quantity", &CostRow::quantity),
          row_field<CostRow>("unit", &CostRow::unit),
          row_field<CostRow>("least", &CostRow::least),
          row_field<CostRow>("expected", &CostRow::expected),
          row_field<CostRow>("most", &CostRow::most),
          row_field<CostRow>("basis", &CostRow::basis)};
}

std::vector<RowField<LayerCosts>> layer_fields() {
  return {row_field<LayerCosts>("layer", &LayerCosts::name),
          row_field<LayerCosts>("kind", &LayerCosts::kind),
          row_field<LayerCosts>("map", &LayerCosts::map),
          row_field<LayerCosts>("units", &LayerCosts::units),
          row_field<LayerCosts>("pairs", &LayerCosts::pairs),
          row_field<LayerCosts>("windows", &LayerCosts::windows)};
}

using CostRows = std::vector<CostRow>;

CostRow known(std::string quantity, std::string unit, double value, std::string basis) {
  return {std::move(quantity), std::move(unit), value, value, value, std::move(basis)};
}

CostRow at_most(std::string quantity, std::string unit, double value, std::string basis) {
  return {std::move(quantity), std::move(unit), kNan, kNan, value, std::move(basis)};
}

CostRow ranged(std::string quantity, std::string unit, const CostRange& range, std::string basis) {
  return {std::move(quantity), std::move(unit), range.least,
          range.expected,      range.most,      std::move(basis)};
}

constexpr const char* kUntilTheScan = "which images units choose is known after the scan";

void add_counts(const RunCosts& c, CostRows& rows) {
  rows.push_back(known("images", "1", c.images, "listed, not decoded"));
  rows.push_back(known("layers", "1", double(c.layers.size()), "--layers"));
  rows.push_back(known("units", "1", c.units, "--units"));
  rows.push_back(
      at_most("pairs", "1", c.pairs, "units x images a unit; fewer where units never fire"));
  rows.push_back(ranged("measured images", "1", c.measured, kUntilTheScan));
  rows.push_back(known("grid positions", "1", c.positions, "occluded copies of an image, at most"));
  rows.push_back(ranged("copies by full passes", "1", c.full_copies, "that touch a unit's field"));
  rows.push_back(ranged("copies by windows", "1", c.window_copies, "that touch a unit's field"));
  rows.push_back(known("scan work", "MAC", c.scan_macs, "a forward pass an image"));
  rows.push_back(ranged("full pass work", "MAC", c.full_macs, "counted"));
  rows.push_back(
      ranged("window work", "MAC", c.window_macs, "counted, copied values at their price"));
  rows.push_back({"work without windows", "MAC", kNan, c.macs_without_windows, kNan,
                  "for comparison; the run times both where windows are not clearly less"});
}

std::string bytes_text(double bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  for (; bytes >= 1024 && unit < 4; ++unit) bytes /= 1024;
  return unit == 0 || bytes >= 99.95 ? fmt::format("{:.0f} {}", bytes, kUnits[unit])
                                     : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

/// What less memory would give.
std::string batches_text(const MemoryCosts& memory) {
  std::vector<std::string> texts;
  for (const auto& [batch, bytes] : memory.batches)
    if (batch != memory.batch) texts.push_back(fmt::format("{} for {}", bytes_text(bytes), batch));
  return fmt::format("limit {}; --memory or --batch: {}", bytes_text(memory.limit),
                     texts.empty() ? "no other" : fmt::format("{}", fmt::join(texts, ", ")));
}

void add_sizes(const RunCosts& c, CostRows& rows) {
  rows.push_back(known("batch", "1", c.memory.batch, "occluded copies per pass"));
  rows.push_back(known("memory of a batch", "B", c.memory.values, batches_text(c.memory)));
  rows.push_back(
      known("memory of weights", "B", c.memory.weights, "fp32; engines keep their own form too"));
  rows.push_back(
      known("memory of originals", "B", c.memory.originals, "maps that windows are cut from"));
  if (c.rates)
    rows.push_back(known("memory of the engine", "B", c.rates->engine_bytes, "after the trials"));
  rows.push_back(known("memory beside the engine", "B", c.memory.host,
                       "images read ahead, maps in hand, pairs; roughly"));
  rows.push_back(at_most("results file", "B", c.disk.results, "before compression"));
  rows.push_back(at_most("parts", "B", c.disk.parts, "before compression; removed at the end"));
}

std::string reading_text(const Rates& r) {
  return fmt::format("{} images read{}, {:.3g} a second; forward {:.3g} images a second", r.images,
                     r.unreadable ? fmt::format(" ({} unreadable)", r.unreadable) : "", 1 / r.read,
                     1 / r.forward);
}

std::string occlusion_text(const Rates& r) {
  std::vector<std::string> texts;
  if (r.full > 0) texts.push_back(fmt::format("full passes {:.3g} GMAC/s", 1e-9 / r.full));
  if (r.windows > 0) texts.push_back(fmt::format("windows {:.3g} GMAC/s", 1e-9 / r.windows));
  return fmt::format("{}", fmt::join(texts, ", "));
}

void add_times(const RunCosts& c, CostRows& rows) {
  if (!c.rates || !c.time) return;
  const Rates& r = *c.rates;
  rows.push_back(ranged("scan time", "s", c.time->scan, reading_text(r)));
  rows.push_back(ranged("occlusion time", "s", c.time->occlusion, occlusion_text(r)));
  if (r.gradient_pair > 0)
    rows.push_back(ranged("gradient time", "s", c.time->gradient,
                          fmt::format("{:.3g} s a pair", r.gradient_pair)));
  rows.push_back(ranged("averaging time", "s", c.time->average, "a unit of each layer"));
  rows.push_back(ranged("time", "s", c.time->all(),
                        fmt::format("trials of {} on {}", format_duration(r.spent), r.engine)));
}

CostRows cost_rows(const RunCosts& costs) {
  CostRows rows;
  add_counts(costs, rows);
  add_sizes(costs, rows);
  add_times(costs, rows);
  return rows;
}

std::string value_text(double value, const std::string& unit) {
  if (std::isnan(value)) return "-";
  if (unit == "B") return bytes_text(value);
  if (unit == "s") return format_duration(value);
  if (unit == "MAC") return fmt::format("{:.3g} GMAC", value / 1e9);
  return fmt::format("{:.0f}", value);
}

std::string costs_table(const RunCosts& costs) {
  std::vector<Row> layers{{"layer", "kind", "measured by", "map", "units", "pairs"}};
  for (const LayerCosts& l : costs.layers)
    layers.push_back({l.name, l.kind, l.windows ? "windows" : "full passes",
                      fmt::format("{}x{}", l.map.h, l.map.w), std::to_string(l.units),
                      value_text(l.pairs, "1")});
  std::vector<Row> cells{{"", "least", "expected", "most"}};
  const CostRows rows = cost_rows(costs);
  for (const CostRow& r : rows) {
    const bool same = r.least == r.most;
    cells.push_back({r.quantity, same ? "" : value_text(r.least, r.unit),
                     value_text(r.expected, r.unit), same ? "" : value_text(r.most, r.unit)});
  }
  // Notes do not align: they follow the last column.
  const std::string numbers = aligned_table(cells, 1);
  std::size_t width = 0;
  for (const std::string& line : split(numbers, '\n')) width = std::max(width, line.size());
  std::string text = aligned_table(layers, 3) + "\n";
  std::size_t next = 0;
  for (const std::string& line : split(numbers, '\n')) {
    if (line.empty()) continue;
    text += next == 0 ? line : fmt::format("{:<{}}  {}", line, width, rows[next - 1].basis);
    text += "\n";
    ++next;
  }
  text +=
      "least: all units choose the same images; expected: each chooses independently; most: no two "
      "the same.\n";
  text += costs.time ? "Times also leave a factor of 1.3 either way for what short trials cannot "
                       "tell; other work on the machine is not foreseen.\n"
                     : "No times: --calibrate SECONDS measures this machine's rates.\n";
  return text;
}

std::string costs_json(const RunCosts& costs) {
  nlohmann::ordered_json document{{"layers", nlohmann::ordered_json::array()},
                                  {"costs", nlohmann::ordered_json::array()}};
  for (const LayerCosts& layer : costs.layers)
    document["layers"].push_back(json_of(layer_fields(), layer));
  for (const CostRow& row : cost_rows(costs))
    document["costs"].push_back(json_of(cost_fields(), row));
  return document.dump(2) + "\n";
}

}  // namespace

std::string costs_text(const RunCosts& costs, Format format) {
  if (format == Format::json) return costs_json(costs);
  if (format == Format::csv) return csv(rows_of(cost_fields(), cost_rows(costs)));
  return costs_table(costs);
}

}  // namespace rfmap::app
