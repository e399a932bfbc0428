#include <fmt/format.h>

#include "report/html.h"
#include "report/unit_parts.h"

namespace rfmap::report {
namespace {

/// What a list of images belongs to.
struct Owner {
  const Source& source;
  const UnitSide& side;
  std::string name;  ///< "conv2 unit 1", for texts that stand for pictures
};

std::string photo(const Owner& owner, const Shot& shot, const std::string& inside, const char* kind,
                  const std::string& alt) {
  const Size input = owner.source.recorded.preprocessing.crop;
  return fmt::format(
      "<span class=\"photo{}\" style=\"aspect-ratio:{}/{}\"><img loading=\"lazy\" "
      "src=\"../../{}\" alt=\"{}\"><svg viewBox=\"0 0 {} {}\" aria-hidden=\"true\">{}</svg></span>",
      kind, input.w, input.h, ImageStore::address(shot.image), alt, input.w, input.h, inside);
}

/// The shot's own map over the image: tile `rank` of the side's file of maps.
std::string change_map(const Owner& owner, const Shot& shot) {
  const Grid& g = owner.source.results.run().grid;
  const int h = g.count.h, w = g.count.w;
  return fmt::format(
      "<svg x=\"{:.2f}\" y=\"{:.2f}\" width=\"{}\" height=\"{}\" viewBox=\"0 {} {} {}\" "
      "preserveAspectRatio=\"none\"><image href=\"{}\" width=\"{}\" height=\"{}\"/></svg>",
      g.centre_x(0) + 0.5 - g.stride.w / 2.0, g.centre_y(0) + 0.5 - g.stride.h / 2.0,
      w * g.stride.w, h * g.stride.h, shot.rank * h, w, h, owner.side.maps_file, w,
      h * int(owner.side.record.peaks.size()));
}

std::string views(const Owner& owner, const Shot& shot) {
  const bool maps = !owner.side.maps_file.empty();
  const std::string place =
      fmt::format("x=\"{:.2f}\" y=\"{:.2f}\"", shot.centre.x + 0.5, shot.centre.y + 0.5);
  const std::string name = fmt::format("{}, image {}", owner.name, shot.rank + 1);
  const auto lines = [&](const std::string& id) {
    return fmt::format("<use href=\"{}\" {}/>", id, place);
  };
  const auto figure = [](const std::string& picture, const char* caption) {
    return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", picture, caption);
  };
  std::string html = maps ? "<div class=\"views\">" : "<div class=\"views three\">";
  html += figure(photo(owner, shot, lines(lines_id(owner.side)), "",
                       name + ": " + escaped(shot.name) + " with the unit's fields outlined"),
                 "fields outlined");
  html += figure(photo(owner, shot, lines(outside_id(owner.side)), "",
                       name + ", all but the measured field darkened"),
                 "seen through the field");
  html +=
      figure(crop_html(owner.source, shot, "../../", name + ", cropped to the field"), "cropped");
  if (maps)
    html += figure(
        photo(owner, shot, change_map(owner, shot), " dim", name + " with its discrepancy map"),
        "discrepancy map");
  return html + "</div>";
}

std::string rank_item(const Owner& owner, const Shot& shot) {
  return fmt::format(
      "<li><p><b>{}</b> &middot; <span title=\"{}\">{}</span><br><span class=\"note\">response {} "
      "at (y {}, x {}) of the map &middot; its own map reads {} px</span></p>{}</li>\n",
      shot.rank + 1, escaped(shot.path), escaped(shot.name), value_text(shot.activation),
      shot.location.y, shot.location.x, pixels_text(shot.size),
      shot.there
          ? views(owner, shot)
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

std::string shots_list(const Source& source, const LayerRecord& layer, int unit,
                       const UnitSide& side) {
  const Owner owner{source, side,
                    fmt::format("{} unit {}{}", escaped(layer.name), unit,
                                side.lowest() ? ", lowest responses" : "")};
  std::string html = introduction(side) + "<ol class=\"ranks\">\n";
  for (const Shot& shot : side.shots) html += rank_item(owner, shot);
  return html + "</ol>";
}

}  // namespace rfmap::report
