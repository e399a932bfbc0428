#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "report/html.h"
#include "report/unit_parts.h"

namespace rfmap::report {
namespace {

std::string row(const std::string& name, const std::string& value) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", name, value);
}

std::string interval_text(const UnitField& field) {
  if (!std::isfinite(field.size)) return "";
  if (!std::isfinite(field.interval[0])) return " (no interval: fewer than 5 images or clusters)";
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

/// The gradient results of the unit, if measured.
std::string gradient_rows(const std::optional<GradientField>& g) {
  if (!g) return "";
  return row("Gradient: size of the mean absolute gradient", pixels_text(g->size) + " px") +
         row("... box-filtered with the occluder", pixels_text(g->size_occluder) + " px") +
         row("... correlation with the measured field, overlap at the cut",
             fmt::format("{:.2f}, {:.2f}", g->correlation, g->overlap));
}

/// The unit's own theoretical field, if it differs from the layer's; nothing for files without it
/// (rfmap-1).
std::string own_theory_row(const FieldSize& layer, const std::array<float, 2>& unit) {
  const auto [y, x] = unit;
  const bool same = y == float(layer[0]) && x == float(layer[1]);
  if (!std::isfinite(y) || same) return "";
  return row("Theoretical field of the unit's own branch",
             fmt::format("{:.4g} &times; {:.4g} px", y, x));
}

}  // namespace

std::string sizes_table(const SideView& view) {
  const auto& [source, layer, unit, side] = view;
  const UnitField& f = side.record.field;
  const std::string rule = recorded_text(source.results.run().attributes, "size-rule", "area");
  const auto length = [](double v) { return pixels_text(v) + " px"; };
  const FieldSize theory = typical_size(layer.field, layer.map);
  const std::string rows =
      row("<b>Equivalent size</b>: the flat field that would read this size",
          std::isnan(f.equivalent) && std::isfinite(f.size)
              ? "below the occluder's resolution"
              : "<b>" + length(f.equivalent) + "</b>") +
      row(fmt::format("<b>Size</b> (rule {}, cut {:.3g}), 95 % interval over images", escaped(rule),
                      source.recorded().method.rules.size_cut),
          "<b>" + length(f.size) + "</b>" + interval_text(f)) +
      row("Root of the area above 0.1 of the peak", length(f.sizes.cut10)) +
      row("... above 0.25", length(f.sizes.cut25)) + row("... above 0.5", length(f.sizes.cut50)) +
      row("Radius of 50 % and 90 % of the mass",
          length(f.sizes.radius50) + ", " + length(f.sizes.radius90)) +
      gaussian_rows(f.sizes.gaussian) + row("Bounding box at the cut", box_text(f.sizes.box)) +
      row("Each image's own map", spread_of_ranks(f.rank_size)) +
      row("Split-half reliability of the field", number_text("{:.2f}", f.reliability)) +
      row("Inhibition: mass of rises over mass of drops", number_text("{:.2f}", f.inhibition)) +
      row("From every second position of the grid", length(f.thinned)) +
      gradient_rows(side.record.gradient) +
      row("Theoretical field", fmt::format("{:.4g} &times; {:.4g} px", theory[0], theory[1])) +
      row("What a flat field of that size would read", length(layer.size_flat)) +
      own_theory_row(theory, side.record.rf_size) +
      row("Outline cut off by the frame of the images",
          number_text("{:.0f} %", 100 * f.truncated)) +
      row("Change that counts as none (noise floor)", value_text(side.record.noise_floor));
  return scroll_region("Sizes", "<table class=\"sizes\"><tbody>" + rows + "</tbody></table>");
}

}  // namespace rfmap::report
