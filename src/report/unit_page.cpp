#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "report/html.h"
#include "report/pages.h"
#include "report/size_plot.h"

namespace rfmap {
namespace {

std::string row(const std::string& name, const std::string& value) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", name, value);
}

std::string interval_text(const UnitField& field) {
  if (!std::isfinite(field.interval[0])) return "";
  return fmt::format(" [{:.1f}, {:.1f}]", field.interval[0], field.interval[1]);
}

std::string box_text(const std::array<float, 4>& box) {
  if (!std::isfinite(box[0])) return pixels_text(NAN);
  return fmt::format("{:.0f} &times; {:.0f} px (y {:.1f} to {:.1f}, x {:.1f} to {:.1f})",
                     box[2] - box[0] + 1, box[3] - box[1] + 1, box[0], box[2], box[1], box[3]);
}

std::string spread_of_ranks(std::vector<float> sizes) {
  std::erase_if(sizes, [](float v) { return std::isnan(v); });
  if (sizes.empty()) return pixels_text(NAN);
  std::sort(sizes.begin(), sizes.end());
  return fmt::format("median {:.1f}, {:.1f} to {:.1f} px", sizes[sizes.size() / 2], sizes.front(),
                     sizes.back());
}

std::string gaussian_rows(const Gaussian& g) {
  const auto& p = g.parameters;
  if (!std::isfinite(p[3])) return row("Gaussian fit", "failed");
  return row("Gaussian fit: &sigma; along its axes",
             fmt::format("{:.1f} and {:.1f} px", p[3], p[4])) +
         row("Gaussian fit: direction of the longer axis",
             fmt::format("{:.0f}&deg; from +x towards +y", p[5] * 180 / std::numbers::pi)) +
         row("Gaussian fit: centre", fmt::format("y {:+.1f}, x {:+.1f} px", p[1], p[2])) +
         row("Gaussian fit: variance explained", fmt::format("{:.0f} %", 100 * g.r2));
}

/// The gradient's side of the unit, where it was measured.
std::string gradient_rows(const std::optional<GradientField>& g) {
  if (!g) return "";
  return row("Gradient: size of the mean absolute gradient", pixels_text(g->size) + " px") +
         row("... box-filtered with the occluder", pixels_text(g->size_occluder) + " px") +
         row("... correlation with the measured field, overlap at the cut",
             fmt::format("{:.2f}, {:.2f}", g->correlation, g->overlap));
}

std::string sizes_table(const Source& source, const LayerRecord& layer, const UnitView& view) {
  const UnitField& f = view.record.field;
  const std::string rule = recorded_text(source.results.run().attributes, "size-rule", "area");
  const auto length = [](double v) { return pixels_text(v) + " px"; };
  return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Sizes\"><table class=\"sizes\"><tbody>" +
         row(fmt::format("<b>Size</b> (rule {}, cut {:.3g}), 95 % interval over images",
                         escaped(rule), source.recorded.rules.size_cut),
             "<b>" + length(f.size) + "</b>" + interval_text(f)) +
         row("Root of the area above 0.1 of the peak", length(f.sizes.cut10)) +
         row("... above 0.25", length(f.sizes.cut25)) +
         row("... above 0.5", length(f.sizes.cut50)) +
         row("Radius of 50 % and 90 % of the mass",
             length(f.sizes.radius50) + ", " + length(f.sizes.radius90)) +
         gaussian_rows(f.sizes.gaussian) + row("Bounding box at the cut", box_text(f.sizes.box)) +
         row("Each image's own map", spread_of_ranks(f.rank_size)) +
         gradient_rows(view.record.gradient) +
         row("Theoretical field",
             fmt::format("{:.4g} &times; {:.4g} px", layer.field.y.size(), layer.field.x.size())) +
         row("What a flat field of that size would read", length(layer.size_flat)) +
         row("Outline cut off by the frame of the images",
             std::isfinite(f.truncated) ? fmt::format("{:.0f} %", 100 * f.truncated)
                                        : pixels_text(NAN)) +
         row("Change that counts as none (noise floor)", value_text(view.record.noise_floor)) +
         "</tbody></table></div>";
}

/// Lines that all pictures of the unit share, about (0, 0) = the centre of the neuron's field.
std::string shared_shapes(const LayerRecord& layer, const UnitView& view) {
  const double h = layer.field.y.size(), w = layer.field.x.size();
  const std::string box = fmt::format(
      "x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"", -w / 2, -h / 2, w, h);
  const std::string d = path_data(view.cut);
  return fmt::format(
      "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" style=\"position:absolute\"><defs>"
      "<g id=\"lines\"><rect class=\"halo\" {0}/><path class=\"halo\" d=\"{1}\"/>"
      "<rect class=\"theory\" {0}/><path class=\"cut\" d=\"{1}\"/></g>"
      "<path id=\"outside\" class=\"outside\" d=\"M-9999-9999H9999V9999H-9999Z{1}\"/>"
      "</defs></svg>\n",
      box, d);
}

std::string ellipse(const Gaussian& g, double cut) {
  const auto& p = g.parameters;
  if (!std::isfinite(p[3]) || p[0] <= 0) return "";
  const double reach = std::sqrt(2 * std::log(1 / cut));
  return fmt::format(
      "<ellipse class=\"gauss\" rx=\"{:.2f}\" ry=\"{:.2f}\" transform=\"translate({:.2f} {:.2f}) "
      "rotate({:.1f})\"/>",
      p[3] * reach, p[4] * reach, p[2], p[1], p[5] * 180 / std::numbers::pi);
}

/// A round length about a quarter as wide as the map, in its lower left corner.
std::string scale_bar(const Canvas& canvas) {
  const double length = round_step(canvas.width / 8.0), unit = canvas.width / 100.0;
  const double x = -canvas.width / 2.0 + 8 * unit, y = canvas.height / 2.0 - 8 * unit;
  return fmt::format(
      "<path d=\"M{0:.2f} {1:.2f}h{2}\" stroke=\"#fff\" stroke-width=\"{3:.2f}\"/>"
      "<text x=\"{0:.2f}\" y=\"{4:.2f}\" font-size=\"{5:.2f}\" style=\"fill:#fff\">{2:.4g} "
      "px</text>",
      x, y, length, unit, y - 2 * unit, 4.5 * unit);
}

std::string field_figure(const Source& source, const LayerRecord& layer, const UnitView& view) {
  const Canvas c = layer.canvas;
  const UnitField& f = view.record.field;
  const double cut = source.recorded.rules.size_cut;
  const std::string alt =
      fmt::format("Mean receptive field of {} unit {}: size {} px of {:.4g} px in theory",
                  escaped(layer.name), view.unit, pixels_text(f.size), layer.field.x.size());
  std::string html = fmt::format(
      "<figure style=\"margin:0\"><svg class=\"field\" viewBox=\"{0} {1} {2} {3}\" role=\"img\" "
      "aria-label=\"{4}\"><image href=\"{5}\" x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\"/>"
      "<use href=\"#lines\"/>",
      -c.width / 2.0, -c.height / 2.0, c.width, c.height, alt, view.field_file);
  html += ellipse(f.sizes.gaussian, cut) + scale_bar(c) + "</svg>";
  html +=
      "<div class=\"bar\"><span>0</span><i style=\"background:linear-gradient(90deg,#440154,"
      "#482878,#3e4989,#31688e,#26828e,#1f9e89,#35b779,#6ece58,#b5de2b,#fde725)\"></i><span>" +
      value_text(view.map.peak) + "</span></div>";
  return html +
         fmt::format(
             "<figcaption class=\"note\">Mean change of the unit's response to {} images "
             "when the occluder lies there, recentred on the unit, in units of the response. "
             "<b style=\"color:var(--field)\">Orange</b>: {:.3g} of the peak, which the size "
             "is read from; white dashes: theoretical field; pink dots: fitted Gaussian at "
             "the same cut; hatched: reached by no image.</figcaption></figure>",
             view.record.peaks.size(), cut);
}

std::string photo(const Source& source, const Shot& shot, const std::string& inside,
                  const char* kind, const std::string& alt) {
  const Size input = source.recorded.preprocessing.crop;
  return fmt::format(
      "<span class=\"photo{}\" style=\"aspect-ratio:{}/{}\"><img loading=\"lazy\" "
      "src=\"../../{}\" alt=\"{}\"><svg viewBox=\"0 0 {} {}\" aria-hidden=\"true\">{}</svg></span>",
      kind, input.w, input.h, ImageStore::address(shot.image), alt, input.w, input.h, inside);
}

/// The shot's own map over the image: tile `rank` of the unit's file of maps.
std::string change_map(const Source& source, const UnitView& view, const Shot& shot) {
  const Grid& g = source.results.run().grid;
  const int h = g.count.h, w = g.count.w;
  return fmt::format(
      "<svg x=\"{:.2f}\" y=\"{:.2f}\" width=\"{}\" height=\"{}\" viewBox=\"0 {} {} {}\" "
      "preserveAspectRatio=\"none\"><image href=\"{}\" width=\"{}\" height=\"{}\"/></svg>",
      g.centre_x(0) + 0.5 - g.stride.w / 2.0, g.centre_y(0) + 0.5 - g.stride.h / 2.0,
      w * g.stride.w, h * g.stride.h, shot.rank * h, w, h, view.maps_file, w,
      h * int(view.record.peaks.size()));
}

std::string views(const Source& source, const std::string& layer, const UnitView& view,
                  const Shot& shot) {
  const bool maps = !view.maps_file.empty();
  const std::string place =
      fmt::format("x=\"{:.2f}\" y=\"{:.2f}\"", shot.centre.x + 0.5, shot.centre.y + 0.5);
  const std::string name =
      fmt::format("{} unit {}, image {}", escaped(layer), view.unit, shot.rank + 1);
  const auto figure = [](const std::string& picture, const char* caption) {
    return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", picture, caption);
  };
  std::string html = maps ? "<div class=\"views\">" : "<div class=\"views three\">";
  html += figure(photo(source, shot, fmt::format("<use href=\"#lines\" {}/>", place), "",
                       name + ": " + escaped(shot.name) + " with the unit's fields outlined"),
                 "fields outlined");
  html += figure(photo(source, shot, fmt::format("<use href=\"#outside\" {}/>", place), "",
                       name + ", all but the measured field darkened"),
                 "seen through the field");
  html += figure(crop_html(source, shot, "../../", name + ", cropped to the field"), "cropped");
  if (maps)
    html += figure(photo(source, shot, change_map(source, view, shot), " dim",
                         name + " with its discrepancy map"),
                   "discrepancy map");
  return html + "</div>";
}

std::string rank_item(const Source& source, const std::string& layer, const UnitView& view,
                      const Shot& shot) {
  return fmt::format(
      "<li><p><b>{}</b> &middot; <span title=\"{}\">{}</span><br><span class=\"note\">response {} "
      "at "
      "(y {}, x {}) of the map &middot; its own map reads {} px</span></p>{}</li>\n",
      shot.rank + 1, escaped(shot.path), escaped(shot.name), value_text(shot.activation),
      shot.location.y, shot.location.x, pixels_text(shot.size),
      shot.there
          ? views(source, layer, view, shot)
          : "<div class=\"missing\">This image is not where it was recorded, so it cannot be "
            "shown; rfmap report --images-root names its new folder.</div>");
}

std::string shots_section(const Source& source, const std::string& layer, const UnitView& view) {
  std::string html = fmt::format(
      "<h2>The images that drive it</h2><p class=\"note\">The strongest first, as the network saw "
      "them. The field lies at the place where the unit responds most; crops are {:.0f} px "
      "wide.{}</p>\n",
      view.crop_side,
      view.maps_file.empty()
          ? " The single discrepancy maps were not stored (rfmap estimate --keep-maps stores "
            "them), "
            "so they are not shown."
          : " Discrepancy maps: <b style=\"color:var(--field)\">orange</b> where the occluder "
            "lowers "
            "the response, blue where it raises it, each from none (clear) to its own largest "
            "change.");
  if (view.shots.size() < view.record.peaks.size())
    html += fmt::format("<p class=\"note\">{} of {} images are shown.</p>", view.shots.size(),
                        view.record.peaks.size());
  html += "<ol class=\"ranks\">\n";
  for (const Shot& shot : view.shots) html += rank_item(source, layer, view, shot);
  return html + "</ol>";
}

}  // namespace

std::string unit_page(const Source& source, int layer, const UnitView& view,
                      const std::array<std::string, 2>& neighbours) {
  const LayerRecord& record = source.results.layers()[std::size_t(layer)];
  const std::string name = fmt::format("unit {}", view.unit);
  std::string body = fmt::format("<h1>{}, {}</h1>\n", escaped(record.name), name);
  if (view.record.peaks.empty()) {
    body += "<p>No image of the set drives this unit, so there is nothing to measure.</p>";
  } else {
    if (view.record.field.truncated > kTruncatedMark)
      body +=
          "<p class=\"warn\">The frame of the images cuts off this field: the true one is "
          "larger.</p>";
    body += shared_shapes(record, view) + "<div class=\"columns\">" +
            field_figure(source, record, view) + sizes_table(source, record, view) + "</div>\n" +
            shots_section(source, record.name, view);
  }
  return page({record.name + " " + name + " - " + source.title,
               "../../",
               {{source.title, "../../index.html"}, {record.name, "index.html"}, {name, ""}},
               neighbours[0],
               neighbours[1]},
              body);
}

}  // namespace rfmap
