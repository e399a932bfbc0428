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

std::string measured(const SideView& view) {
  const char* columns = view.side.gradient_file.empty() ? "columns" : "columns pair";
  return cut_off_note(view.side) + shared_shapes(view) +
         fmt::format("<div class=\"{}\"><div class=\"maps\">{}</div>{}</div>\n", columns,
                     field_figures(view), sizes_table(view));
}

std::string strongest(const SideView& top) {
  if (top.side.record.peaks.empty())
    return "<p>No image of the set activates this unit, so there is nothing to measure.</p>";
  return measured(top) + "<h2>The images that activate it most</h2>" + shots_list(top);
}

std::string lowest(const SideView& bottom) {
  const std::string title = "<h2 id=\"lowest\">The images with its lowest response</h2>";
  if (bottom.side.record.peaks.empty())
    return title +
           "<p>No image of the set has a lowest response other than 0, so there is nothing to "
           "measure.</p>";
  return title +
         "<p class=\"note\">The bottom K. The field below is that of the place where the response "
         "is lowest: how much it rises, on average over these images, when the occluder lies "
         "there.</p>" +
         measured(bottom) + shots_list(bottom);
}

}  // namespace

std::string page_name(int unit) { return fmt::format("unit-{}.html", unit); }

std::string unit_page(const Source& source, int layer, const UnitView& view,
                      const std::array<std::string, 2>& neighbours) {
  const LayerRecord& record = source.results.layers()[layer];
  const std::string name = fmt::format("unit {}", view.unit);
  std::string body = fmt::format("<h1>{}, {}</h1>\n", escaped(record.name), name);
  if (view.bottom)
    body +=
        "<p class=\"note\">Its strongest images first; <a href=\"#lowest\">those with its lowest "
        "response</a> are below.</p>";
  body += strongest({source, record, view.unit, view.top});
  if (view.bottom) body += lowest({source, record, view.unit, *view.bottom});
  return page({record.name + " " + name + " - " + source.title,
               "../../",
               {{source.title, "../../index.html"}, {record.name, "index.html"}, {name, ""}},
               neighbours[0],
               neighbours[1]},
              body);
}

}  // namespace rfmap::report
