#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "report/html.h"
#include "report/size_plot.h"
#include "report/unit_parts.h"

namespace rfmap::report {
namespace {

/// The theoretical field about its centre, and the outline at the cut.
std::string field_lines(const LayerRecord& layer, const std::vector<Ring>& cut) {
  const auto [h, w] = typical_size(layer.field, layer.map);
  const std::string box = fmt::format(
      "x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"", -w / 2, -h / 2, w, h);
  return fmt::format(
      "<rect class=\"halo\" {0}/><path class=\"halo\" d=\"{1}\"/><rect class=\"theory\" {0}/>"
      "<path class=\"cut\" d=\"{1}\"/>",
      box, path_data(cut));
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
      "<path class=\"halo\" d=\"M{0:.2f} {1:.2f}h{2}\"/>"
      "<path d=\"M{0:.2f} {1:.2f}h{2}\" stroke=\"#fff\" stroke-width=\"{3:.2f}\"/>"
      "<text class=\"scale\" x=\"{0:.2f}\" y=\"{4:.2f}\" font-size=\"{5:.2f}\">{2:.4g} px</text>",
      x, y, length, unit, y - 2 * unit, 4.5 * unit);
}

/// The colours' bar with what stands at its ends.
std::string colour_bar(const ColouredMap& map) {
  const std::string peak = value_text(map.peak);
  const bool has_signs = map.colours == Colours::diverging;
  return fmt::format("<div class=\"bar\"><span>{}</span><i class=\"{}\"></i><span>{}</span></div>",
                     has_signs ? "&minus;" + peak : "0", has_signs ? "signed" : "viridis", peak);
}

/// A map in the frame of the canvas with lines over it.
std::string map_svg(const Canvas& c, const std::string& file, const std::string& alt,
                    const std::string& lines) {
  return fmt::format(
      "<svg class=\"field\" viewBox=\"{0} {1} {2} {3}\" role=\"img\" aria-label=\"{4}\">"
      "<image href=\"{5}\" x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\"/>{6}{7}</svg>",
      -c.width / 2.0, -c.height / 2.0, c.width, c.height, alt, file, lines, scale_bar(c));
}

std::string measured_figure(const SideView& view) {
  const auto& [source, layer, unit, side] = view;
  const UnitField& f = side.record.field;
  const double cut = source.recorded().method.rules.size_cut;
  const std::string alt = fmt::format(
      "Mean receptive field of {} unit {}{}: size {} px of {:.4g} px in theory",
      escaped(layer.name), unit, side.lowest() ? ", images with its lowest response" : "",
      pixels_text(f.size), typical_size(layer.field, layer.map)[1]);
  const std::string lines =
      fmt::format("<use href=\"{}\"/>", lines_id(side)) + ellipse(f.sizes.gaussian, cut);
  return "<figure>" + map_svg(layer.canvas, side.field_file, alt, lines) +
         colour_bar(side.field.map) +
         fmt::format(
             "<figcaption class=\"note\">Mean {} of the unit's response to {} images "
             "when the occluder lies there, recentred on the unit, in units of the response. "
             "<b style=\"color:var(--field)\">Orange</b>: {:.3g} of the peak, which the size "
             "is read from; white dashes: theoretical field; pink dots: fitted Gaussian at "
             "the same cut; hatched: reached by no image.</figcaption></figure>",
             side.lowest() ? "rise" : "change", side.record.peaks.size(), cut);
}

std::string gradient_figure(const SideView& view) {
  const auto& [source, layer, unit, side] = view;
  if (side.gradient_file.empty()) return "";
  const std::string alt =
      fmt::format("Gradient field of {} unit {}: size {} px", escaped(layer.name), unit,
                  pixels_text(side.record.gradient->size));
  const std::string lines = field_lines(layer, side.gradient.cut);
  return "<figure>" + map_svg(layer.canvas, side.gradient_file, alt, lines) +
         colour_bar(side.gradient.map) +
         fmt::format(
             "<figcaption class=\"note\">Mean absolute gradient of the response by the pixel, at "
             "the same places of the same images, recentred in the same way. Orange: {:.3g} of its "
             "peak; hatched: reached by fewer than half of the images.</figcaption></figure>",
             source.recorded().method.rules.size_cut);
}

}  // namespace

std::string lines_id(const UnitSide& side) { return side.lowest() ? "#lines-lowest" : "#lines"; }

std::string outside_id(const UnitSide& side) {
  return side.lowest() ? "#outside-lowest" : "#outside";
}

std::string shared_shapes(const SideView& view) {
  const std::vector<Ring>& cut = view.side.field.cut;
  return fmt::format(
      "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" style=\"position:absolute\"><defs>"
      "<g id=\"{}\">{}</g>"
      "<path id=\"{}\" class=\"outside\" d=\"M-9999-9999H9999V9999H-9999Z{}\"/></defs></svg>\n",
      lines_id(view.side).substr(1), field_lines(view.layer, cut), outside_id(view.side).substr(1),
      path_data(cut));
}

std::string field_figures(const SideView& view) {
  return measured_figure(view) + gradient_figure(view);
}

}  // namespace rfmap::report
