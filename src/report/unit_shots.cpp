#include <fmt/format.h>

#include "report/html.h"
#include "report/unit_parts.h"

namespace rfmap::report {
namespace {

std::string photo(const SideView& view, const Shot& shot, const std::string& inside,
                  const char* kind, const std::string& alt) {
  const Size input = view.source.recorded().preprocessing.crop;
  return fmt::format(
      "<span class=\"photo{}\" style=\"aspect-ratio:{}/{}\"><img loading=\"lazy\" "
      "src=\"../../{}\" alt=\"{}\"><svg viewBox=\"0 0 {} {}\" aria-hidden=\"true\">{}</svg></span>",
      kind, input.w, input.h, ImageStore::address(shot.peak.image), alt, input.w, input.h, inside);
}

/// The shot's own map over the image: tile `rank` of the side's file of maps.
std::string change_map(const SideView& view, const Shot& shot) {
  const Grid& g = view.source.results.run().grid;
  const int h = g.count.h, w = g.count.w;
  return fmt::format(
      "<svg x=\"{:.2f}\" y=\"{:.2f}\" width=\"{}\" height=\"{}\" viewBox=\"0 {} {} {}\" "
      "preserveAspectRatio=\"none\"><image href=\"{}\" width=\"{}\" height=\"{}\"/></svg>",
      g.centre_x(0) + 0.5 - g.stride.w / 2.0, g.centre_y(0) + 0.5 - g.stride.h / 2.0,
      w * g.stride.w, h * g.stride.h, shot.rank * h, w, h, view.side.maps_file, w,
      h * int(view.side.record.peaks.size()));
}

std::string views(const SideView& view, const Shot& shot) {
  const UnitSide& side = view.side;
  const bool maps = !side.maps_file.empty();
  const std::string place =
      fmt::format("x=\"{:.2f}\" y=\"{:.2f}\"", shot.centre.x + 0.5, shot.centre.y + 0.5);
  const std::string name =
      fmt::format("{} unit {}{}, image {}", escaped(view.layer.name), view.unit,
                  side.lowest() ? ", lowest responses" : "", shot.rank + 1);
  const auto lines = [&](const std::string& id) {
    return fmt::format("<use href=\"{}\" {}/>", id, place);
  };
  const auto figure = [](const std::string& picture, const char* caption) {
    return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", picture, caption);
  };
  std::string html = maps ? "<div class=\"views\">" : "<div class=\"views three\">";
  html += figure(
      photo(view, shot, lines(lines_id(side)), "",
            name + ": " + escaped(short_name(shot.image)) + " with the unit's fields outlined"),
      "fields outlined");
  html += figure(photo(view, shot, lines(outside_id(side)), "",
                       name + ", all but the measured field darkened"),
                 "seen through the field");
  html += figure(crop_html(view.source, shot, name + ", cropped to the field"), "cropped");
  if (maps)
    html += figure(
        photo(view, shot, change_map(view, shot), " dim", name + " with its discrepancy map"),
        "discrepancy map");
  return html + "</div>";
}

std::string rank_item(const SideView& view, const Shot& shot) {
  return fmt::format(
      "<li><p><b>{}</b> &middot; <span title=\"{}\">{}</span><br><span class=\"note\">response {} "
      "at (y {}, x {}) of the map &middot; its own map reads {} px</span></p>{}</li>\n",
      shot.rank + 1, escaped(shot.image.path), escaped(short_name(shot.image)),
      value_text(shot.peak.activation), shot.peak.location.y, shot.peak.location.x,
      pixels_text(shot.size),
      shot.there
          ? views(view, shot)
          : "<div class=\"missing\">This image is not where it was recorded, so it cannot be "
            "shown; rfmap report --images-root names its new folder.</div>");
}

/// What stands above the images.
std::string introduction(const UnitSide& side) {
  std::string html = fmt::format(
      "<p class=\"note\">The {0} first, as the network saw them. The field lies at the place where "
      "the unit responds {1}; crops are {2:.0f} px wide.{3}</p>\n",
      side.lowest() ? "lowest" : "strongest", side.lowest() ? "least" : "most", side.crop_side,
      side.maps_file.empty()
          ? " The single discrepancy maps were not stored (rfmap estimate --keep-maps stores "
            "them), so they are not shown."
          : " Discrepancy maps: <b style=\"color:var(--field)\">orange</b> where the occluder "
            "lowers the response, blue where it raises it, each from none (clear) to its own "
            "largest change.");
  if (side.shots.size() < side.record.peaks.size())
    html += fmt::format("<p class=\"note\">{} of {} images are shown.</p>", side.shots.size(),
                        side.record.peaks.size());
  return html;
}

}  // namespace

std::string shots_list(const SideView& view) {
  std::string html = introduction(view.side) + "<ol class=\"ranks\">\n";
  for (const Shot& shot : view.side.shots) html += rank_item(view, shot);
  return html + "</ol>";
}

}  // namespace rfmap::report
