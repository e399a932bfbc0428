#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/html.h"
#include "report/pages.h"
#include "report/size_plot.h"
#include "results/summary_rows.h"

namespace rfmap::report {
using namespace results;
namespace {

constexpr std::size_t kSamples = 12;  // units a layer on the overview

std::string facts(const Source& source) {
  const RunRecord& run = source.results.run();
  int units = 0, measured = 0;
  for (const SummaryRow& row : source.summary) units += row.units, measured += row.measured;
  return facts_list(
             {{"Layers", std::to_string(source.summary.size())},
              {"Units measured", fmt::format("{} of {}", measured, units)},
              {"Images scanned", std::to_string(run.images.size())},
              {"Images per unit (K)", escaped(recorded_text(run.attributes, "top-k", "?"))},
              {"Occluder", fmt::format("{} &times; {} px", run.occluder.h, run.occluder.w)},
              {"Step of the occluder", fmt::format("{} px", run.grid.stride.h)},
              {"Input", fmt::format("{} &times; {} px", run.grid.input.h, run.grid.input.w)}}) +
         "\n";
}

std::string number_cell(double sort, const std::string& text) {
  return fmt::format("<td data-value=\"{}\">{}</td>", data_value(sort), text);
}

std::string column_cell(const SummaryColumn& column, const SummaryRow& r) {
  std::string text = column.text(r);
  if (text.empty()) text = pixels_text(NAN);
  if (const auto at = text.find("±"); at != text.npos)
    text.replace(at, std::string_view("±").size(), "&plusmn;");
  const bool main = &column == &summary_columns().front();
  return number_cell(column.numbers(r).mean, main ? "<b>" + text + "</b>" : text);
}

bool has_gradient(const Source& source) {
  return std::ranges::any_of(source.summary, &SummaryRow::has_gradient);
}

/// Of the page; those of gradients after the others, where there are any.
std::vector<const SummaryColumn*> page_columns(const Source& source) {
  std::vector<const SummaryColumn*> columns;
  for (const SummaryColumn& column : summary_columns())
    if (column.page_heading && (!column.gradient || has_gradient(source)))
      columns.push_back(&column);
  std::ranges::stable_sort(columns, {}, &SummaryColumn::gradient);
  return columns;
}

/// The layer's field; of units of several branches the least and the largest.
std::string theory_text(const SummaryRow& r) {
  const auto [y, x] = r.rf_size;
  const auto [mean, least, most] = r.own_theory;
  if (least < most) return fmt::format("{:.4g} to {:.4g}", least, most);
  return y == x ? fmt::format("{:.4g}", x) : fmt::format("{:.4g} &times; {:.4g}", y, x);
}

std::string table_row(const Source& source, std::size_t i) {
  const SummaryRow& r = source.summary[i];
  std::string html = fmt::format(
      "<tr><td data-value=\"{}\"><a href=\"{}/index.html\">{}</a>{}</td><td class=\"left\">"
      "{}</td>",
      i, source.folders[i], escaped(r.layer),
      r.is_truncated() ? " <abbr title=\"cut off by the frame of the images\">t</abbr>" : "",
      escaped(r.kind));
  html += number_cell(r.own_theory[2], theory_text(r));
  for (const SummaryColumn* column : page_columns(source)) html += column_cell(*column, r);
  return html + number_cell(r.measured, fmt::format("{}/{}", r.measured, r.units)) + "</tr>\n";
}

std::string table(const Source& source) {
  const auto heading = [](const char* text) {
    return fmt::format("<th scope=\"col\">{}</th>", text);
  };
  std::string rows =
      "<table class=\"sortable\"><thead><tr><th scope=\"col\">Layer</th><th "
      "scope=\"col\" class=\"left\">Kind</th><th scope=\"col\">Theory</th>";
  for (const SummaryColumn* column : page_columns(source)) rows += heading(column->page_heading);
  rows += heading("Units") + "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < source.summary.size(); ++i) rows += table_row(source, i);
  std::string html =
      scroll_region("Sizes by layer", rows + "</tbody></table>") +
      "\n<p class=\"note\">Pixels of the network's input; mean &plusmn; "
      "standard deviation over units. Theory: side of the theoretical field (of the units' own "
      "branches); equivalent: side of "
      "the flat field that would read the measured size with the same occluder and grid, the "
      "number to compare with theory; measured: as read, by the chosen rule; own maps: median "
      "size of the images' own maps; jitter: standard deviation of their centroids; flat: what "
      "a flat field of the theoretical side would read.";
  if (std::ranges::any_of(source.summary, &SummaryRow::is_truncated))
    html += " t: the frame of the images cuts these fields off, the true ones are larger.";
  if (has_gradient(source))
    html +=
        " Gradient: size of the mean absolute gradient over the same images, by the same rule; "
        "box-filtered: seen through a box of the occluder's size; correlation: of that with the "
        "mean "
        "absolute change.";
  return html + "</p>";
}

std::vector<PlotLayer> plot_layers(const Source& source,
                                   const std::vector<std::vector<UnitCard>>& cards) {
  std::vector<PlotLayer> layers;
  for (std::size_t i = 0; i < source.summary.size(); ++i) {
    const SummaryRow& r = source.summary[i];
    const bool raw = !std::isfinite(r.of("size_own").mean);  // rfmap-1
    std::vector<float> sizes;
    for (const UnitCard& card : cards[i]) sizes.push_back(float(raw ? card.size : card.equivalent));
    layers.push_back({r.layer, source.folders[i] + "/index.html",
                      std::sqrt(r.rf_size[0] * r.rf_size[1]), raw ? r.size_flat : NAN,
                      r.of(raw ? "size" : "size_equivalent"), r.of("gradient_size"),
                      std::move(sizes), raw});
  }
  return layers;
}

/// A few units of the layer, evenly over those that were measured.
std::string samples(const Source& source, std::size_t layer, const std::vector<UnitCard>& cards) {
  std::vector<const UnitCard*> measured;
  for (const UnitCard& card : cards)
    if (!card.field_file.empty()) measured.push_back(&card);
  const std::size_t shown = std::min(kSamples, measured.size());
  const std::string& folder = source.folders[layer];
  std::string html = fmt::format("<h3><a href=\"{}/index.html\">{}</a></h3><ul class=\"strip\">",
                                 folder, escaped(source.summary[layer].layer));
  for (std::size_t i = 0; i < shown; ++i) {
    const UnitCard& c = *measured[i * measured.size() / shown];
    html += fmt::format(
        "<li><a href=\"{0}/{1}\"><span class=\"map\"><img loading=\"lazy\" src=\"{0}/{2}\" "
        "alt=\"Mean receptive field of {3} unit {4}\"></span>unit {4}: {5} px</a></li>",
        folder, page_name(c.unit), c.field_file, escaped(source.summary[layer].layer), c.unit,
        pixels_text(c.size));
  }
  return html + "</ul>\n";
}

std::string not_shown(const Source& source) {
  std::string html;
  if (!source.results.keeps_maps())
    html +=
        "<p class=\"note\">The discrepancy maps of the single images were not stored "
        "(rfmap estimate --keep-maps), so the report shows their means only.</p>";
  if (!has_gradient(source))
    html +=
        "<p class=\"note\">No gradient fields were measured beside these (rfmap estimate "
        "--with-gradient).</p>";
  const std::size_t missing = source.images.missing().size();
  if (missing > 0)
    html += fmt::format(
        "<p class=\"warn\">{} image(s) could not be read when the report was made and are left "
        "out; "
        "<a href=\"method.html\">which and why</a>. Where they have moved, rfmap report "
        "--images-root names the new folder.</p>",
        missing);
  return html;
}

}  // namespace

std::string overview_page(const Source& source, const std::vector<std::vector<UnitCard>>& cards) {
  const std::vector<PlotLayer> layers = plot_layers(source, cards);
  std::string body = fmt::format("<h1>Receptive fields of {}</h1>\n", escaped(source.title));
  body +=
      "<p>How much of the image the units of this network really use, measured with an "
      "occluder by the discrepancy maps of Zhou et al. (2015), beside how much its architecture "
      "would let them see.</p>\n";
  body += facts(source) + not_shown(source);
  body += "<h2>Sizes by layer</h2>\n" + plot_legend(layers) +
          scroll_region("Plot of sizes", size_plot(layers)) + "\n<p></p>" + table(source);
  body += fmt::format(
      "<h2>Layers</h2>\n<p class=\"note\">A few mean receptive fields of each, every one {}; a "
      "layer's name leads to all its units.</p>\n",
      figures::coloured_how(source.recorded().method.rules));
  for (std::size_t i = 0; i < cards.size(); ++i) body += samples(source, i, cards[i]);
  body +=
      "<h2>How it was measured, and how to cite it</h2><p><a href=\"method.html\">All recorded "
      "choices, the command, the method's reference</a></p>";
  return page({"Receptive fields of " + source.title, "", {{source.title, ""}}}, body);
}

}  // namespace rfmap::report
