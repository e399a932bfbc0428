#include <cmath>

#include <fmt/format.h>

#include "report/figures/field.h"
#include "report/html.h"
#include "report/pages.h"

namespace rfmap::report {
namespace {

std::string card(const Source& source, const std::string& layer, const UnitCard& c) {
  std::string html = fmt::format(
      "<li data-unit=\"{0}\" data-size=\"{1}\" data-activation=\"{2}\" data-fit=\"{3}\" "
      "data-truncated=\"{4}\"><a href=\"{5}\"><span class=\"name\"><b>unit {0}</b><span>{6}</span>"
      "</span>",
      c.unit, data_value(c.size), data_value(c.activation), data_value(c.fit),
      data_value(c.truncated), page_name(c.unit),
      std::isfinite(c.size)
          ? fmt::format("{:.1f} px{}", c.size, c.truncated > kTruncatedMark ? " (cut off)" : "")
          : "no image activates it");
  if (!c.field_file.empty()) {
    html += fmt::format(
        "<span class=\"row\"><span class=\"map\"><img loading=\"lazy\" src=\"{}\" alt=\"Mean "
        "receptive field of {} unit {}, {} px\"></span>",
        c.field_file, escaped(layer), c.unit, pixels_text(c.size));
    for (const Shot& shot : c.shots)
      html += crop_html(source, shot, fmt::format("Image {}, cropped", shot.rank + 1));
    html += "</span>";
  }
  return html + "</a></li>\n";
}

constexpr const char* kTools = R"(<div class="tools" hidden>
<label>Sort by <select id="sort-key">
<option value="unit">unit</option><option value="size">size of the field</option>
<option value="activation">strongest response</option>
<option value="fit">fit of a Gaussian</option><option value="truncated">cut off by the frame</option>
</select></label>
<button type="button" id="sort-direction" aria-pressed="false">Reverse order</button>
<label>Go to unit <input id="go-to" inputmode="numeric" autocomplete="off"></label>
<span id="sort-state" role="status" class="note"></span>
</div>
)";

std::string facts(const SummaryRow& row, const LayerRecord& layer) {
  const FieldSize theory = typical_size(layer.field, layer.map);
  const auto spread = [&](const char* dataset) {
    const auto [mean, deviation] = row.of(dataset);
    return fmt::format("{} &plusmn; {} px", pixels_text(mean), pixels_text(deviation));
  };
  return facts_list(
      {{"Theoretical size", fmt::format("{:.4g} &times; {:.4g} px", theory[0], theory[1])},
       {"Equivalent size", spread("size_equivalent")},
       {"Measured size", spread("size")},
       {"A flat field would read", pixels_text(layer.size_flat) + " px"},
       {"Units measured", fmt::format("{} of {}", row.measured, row.units)},
       {"Map", fmt::format("{} &times; {}", layer.map.h, layer.map.w)},
       {"Kind", escaped(layer.kind) +
                    (layer.node_name.empty() ? "" : ", node " + escaped(layer.node_name))}});
}

}  // namespace

std::string crop_html(const Source& source, const Shot& shot, const std::string& alt) {
  if (!shot.there)
    return fmt::format(
        "<span class=\"crop missing\" role=\"img\" aria-label=\"{} (not there)\">"
        "</span>",
        escaped(alt));
  const Size input = source.recorded().preprocessing.crop;
  const double scale = 100 / shot.crop.side;
  return fmt::format(
      "<span class=\"crop\"><img loading=\"lazy\" src=\"../../{}\" alt=\"{}\" "
      "style=\"width:{:.1f}%;height:{:.1f}%;left:{:.1f}%;top:{:.1f}%\"></span>",
      ImageStore::address(shot.peak.image), escaped(alt), input.w * scale, input.h * scale,
      -shot.crop.left * scale, -shot.crop.top * scale);
}

std::string layer_page(const Source& source, int layer, const std::vector<UnitCard>& cards) {
  const LayerRecord& record = source.results.layers()[layer];
  const SummaryRow& row = source.summary[layer];
  std::string body = fmt::format("<h1>{}</h1>\n", escaped(record.name)) + facts(row, record);
  if (row.is_truncated())
    body += fmt::format(
        "<p class=\"warn\">The frame of the images cuts off these fields ({:.0f} % of their "
        "outline on average): the true ones are larger.</p>",
        100 * row.of("truncated").mean);
  std::vector<std::array<float, kCurveCuts>> curves;
  for (const UnitCard& c : cards) curves.push_back(c.cut_sizes);
  body += cut_curve(curves);
  body += fmt::format(
      "<h2>Units</h2><p class=\"note\">Of each unit: its mean receptive field, {}, and the parts "
      "of "
      "its strongest images that lie in the field.</p>",
      figures::coloured_how(source.recorded().method.rules));
  body += kTools;
  body += "<ul class=\"units\" id=\"units\">\n";
  for (const UnitCard& c : cards) body += card(source, record.name, c);
  body += "</ul>";
  const auto neighbour = [&](int i) {
    return i < 0 || std::size_t(i) >= source.folders.size()
               ? std::string()
               : "../../" + source.folders[i] + "/index.html";
  };
  return page({record.name + " - " + source.title,
               "../../",
               {{source.title, "../../index.html"}, {record.name, ""}},
               neighbour(layer - 1),
               neighbour(layer + 1)},
              body);
}

}  // namespace rfmap::report
