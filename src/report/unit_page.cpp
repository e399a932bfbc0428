#include <fmt/format.h>

#include "report/html.h"
#include "report/unit_parts.h"

namespace rfmap::report {
namespace {

std::string cut_off_note(const UnitSide& side) {
  if (!(side.record.field.truncated > kTruncatedMark)) return "";
  return "<p class=\"warn\">The frame of the images cuts off this field: the true one is "
         "larger.</p>";
}

std::string measured(const Source& source, const LayerRecord& layer, int unit,
                     const UnitSide& side) {
  const char* columns = side.gradient_file.empty() ? "columns" : "columns pair";
  return cut_off_note(side) + shared_shapes(layer, side) +
         fmt::format("<div class=\"{}\"><div class=\"maps\">", columns) +
         field_figures(source, layer, unit, side) + "</div>" + sizes_table(source, layer, side) +
         "</div>\n";
}

std::string strongest(const Source& source, const LayerRecord& layer, const UnitView& view) {
  if (view.top.record.peaks.empty())
    return "<p>No image of the set activates this unit, so there is nothing to measure.</p>";
  return measured(source, layer, view.unit, view.top) +
         "<h2>The images that activate it most</h2>" +
         shots_list(source, layer, view.unit, view.top);
}

std::string lowest(const Source& source, const LayerRecord& layer, const UnitView& view) {
  if (!view.bottom) return "";
  const std::string title = "<h2 id=\"lowest\">The images with its lowest response</h2>";
  if (view.bottom->record.peaks.empty())
    return title +
           "<p>No image of the set has a lowest response other than 0, so there is nothing to "
           "measure.</p>";
  return title +
         "<p class=\"note\">The bottom K. The field below is that of the place where the response "
         "is lowest: how much it rises, on average over these images, when the occluder lies "
         "there.</p>" +
         measured(source, layer, view.unit, *view.bottom) +
         shots_list(source, layer, view.unit, *view.bottom);
}

}  // namespace

std::string unit_page(const Source& source, int layer, const UnitView& view,
                      const std::array<std::string, 2>& neighbours) {
  const LayerRecord& record = source.results.layers()[std::size_t(layer)];
  const std::string name = fmt::format("unit {}", view.unit);
  std::string body = fmt::format("<h1>{}, {}</h1>\n", escaped(record.name), name);
  if (view.bottom)
    body +=
        "<p class=\"note\">Its strongest images first; <a href=\"#lowest\">those with its lowest "
        "response</a> are below.</p>";
  body += strongest(source, record, view) + lowest(source, record, view);
  return page({record.name + " " + name + " - " + source.title,
               "../../",
               {{source.title, "../../index.html"}, {record.name, "index.html"}, {name, ""}},
               neighbours[0],
               neighbours[1]},
              body);
}

}  // namespace rfmap::report
