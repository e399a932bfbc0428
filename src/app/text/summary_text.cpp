#include "app/text/summary_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "app/text/row_text.h"
#include "results/summary_rows.h"

namespace rfmap::app {
using namespace results;
namespace {

/// Growth of the size when every second grid position is left out, from which on a layer is marked:
/// about half of it is what the grid itself adds.
constexpr double kCoarseMark = 0.2;

bool coarse(const SummaryRow& r) {
  return r.of("size_thinned").mean > (1 + kCoarseMark) * r.of("size").mean;
}

/// The layer's field; of units of several branches the least and the largest.
std::string theory(const SummaryRow& r) {
  const auto [y, x] = r.rf_size;
  const auto [mean, least, most] = r.own_theory;
  if (least < most) return number(least) + ".." + number(most);
  if (y != x) return number(y) + "x" + number(x);
  return number(most);
}

bool unresolved(const SummaryRow& r) {
  return r.resolved < r.measured && !std::isnan(r.of("size_own").mean);
}

bool without_interval(const SummaryRow& r) { return r.with_interval < r.measured; }

std::string marks(const SummaryRow& r) {
  return std::string(r.is_truncated() ? "t" : "") + (coarse(r) ? "s" : "") +
         (unresolved(r) ? "r" : "") + (without_interval(r) ? "i" : "");
}

bool any_gradient(const std::vector<SummaryRow>& rows) {
  return std::ranges::any_of(rows, &SummaryRow::has_gradient);
}

std::string to_table(const std::vector<SummaryRow>& rows) {
  const bool gradient = any_gradient(rows);
  std::vector<Row> cells{{"layer", "kind", "theory"}};
  for (const SummaryRow& r : rows) cells.push_back({r.layer, r.kind, theory(r)});
  for (const SummaryColumn& column : summary_columns()) {
    if (column.gradient && !gradient) continue;
    cells[0].push_back(column.heading);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string text = column.text(rows[i]);
      cells[i + 1].push_back(text.empty() ? "-" : text);
    }
  }
  cells[0].insert(cells[0].end(), {"units", ""});
  for (std::size_t i = 0; i < rows.size(); ++i)
    cells[i + 1].insert(cells[i + 1].end(),
                        {fmt::format("{}/{}", rows[i].measured, rows[i].units), marks(rows[i])});
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
  if (std::ranges::any_of(rows, &SummaryRow::is_truncated))
    text += "t: truncated, the frame of the images cuts these fields: the true ones are larger\n";
  if (std::ranges::any_of(rows, coarse))
    text +=
        "s: every second position of the grid reads over 20 % more, so the grid itself adds to the "
        "size (about half as much); a smaller --stride would tell\n";
  if (std::ranges::any_of(rows, unresolved))
    text += "r: some units are below the occluder's resolution; equivalent is over the others\n";
  if (std::ranges::any_of(rows, without_interval))
    text +=
        "i: some units have no 95 % interval, which needs 5 images (or clusters of related ones) "
        "at least; a larger --top-k or more images would give it\n";
  return text;
}

std::string to_json(const std::vector<SummaryRow>& rows) {
  auto document = nlohmann::ordered_json::array();
  for (const SummaryRow& row : rows)
    document.push_back(json_of(summary_fields(row.has_gradient()), row));
  return document.dump(2) + "\n";
}

}  // namespace

std::string summary_text(const std::vector<SummaryRow>& rows, Format format) {
  if (format == Format::csv) return csv(rows_of(summary_fields(any_gradient(rows)), rows));
  if (format == Format::json) return to_json(rows);
  return to_table(rows);
}

}  // namespace rfmap::app
