#include "report/cut_curve.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/nan.h"
#include "report/html.h"
#include "report/size_plot.h"

namespace rfmap::report {
namespace {

constexpr double kCurveLeft = 44, kCurveTop = 10, kCurveWidth = 300, kCurveHeight = 130,
                 kCurveFoot = 34;

/// Mean and standard deviation over the units that have a number.
OverUnits over_units(const std::vector<std::array<float, kCurveCuts>>& units, int cut) {
  double sum = 0, squares = 0, n = 0;
  for (const auto& unit : units)
    if (std::isfinite(unit[cut])) sum += unit[cut], squares += double(unit[cut]) * unit[cut], ++n;
  const double mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean))};
}

double x_of(int cut) { return kCurveLeft + kCurveWidth * cut / (kCurveCuts - 1); }

std::string axes(double highest) {
  std::string svg;
  const double step = round_step(highest / 3);
  for (double v = 0; v <= highest; v += step) {
    const double y = kCurveTop + kCurveHeight * (1 - v / highest);
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"var(--line)\"/><text "
        "class=\"faint\" x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\" font-size=\"11\">{5:.4g}"
        "</text>",
        kCurveLeft, kCurveLeft + kCurveWidth, y, kCurveLeft - 6, y + 4, v);
  }
  for (int cut = 1; cut < kCurveCuts; cut += 2)
    svg += fmt::format(
        "<text class=\"faint\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\" font-size=\"11\">"
        "{:.1f}</text>",
        x_of(cut), kCurveTop + kCurveHeight + 15, curve_cut(cut));
  return svg + fmt::format(
                   "<text class=\"faint\" x=\"{}\" y=\"{}\" text-anchor=\"middle\" "
                   "font-size=\"11\">cut, share of the peak</text>",
                   kCurveLeft + kCurveWidth / 2, kCurveTop + kCurveHeight + 30);
}

}  // namespace

std::array<float, kCurveCuts> sizes_by_cut(const CountedMean& map) {
  std::array<float, kCurveCuts> sides{};
  for (int cut = 0; cut < kCurveCuts; ++cut) {
    const double least = curve_cut(cut) * map.peak;
    const auto area = std::ranges::count_if(map.values, [&](float v) { return v >= least; });
    sides[cut] = map.peak > 0 ? std::sqrt(float(area)) : core::kNan;
  }
  return sides;
}

std::string cut_curve(const std::vector<std::array<float, kCurveCuts>>& units) {
  std::array<OverUnits, kCurveCuts> points;
  double highest = 0;
  for (int cut = 0; cut < kCurveCuts; ++cut) {
    points[cut] = over_units(units, cut);
    highest = std::max(highest, points[cut].mean + points[cut].deviation);
  }
  if (!(highest > 0)) return "";
  const auto y = [&](double v) {
    return kCurveTop + kCurveHeight * (1 - std::max(v, 0.0) / highest);
  };
  std::string line, above, below, words;
  for (int cut = 0; cut < kCurveCuts; ++cut) {
    const auto [mean, deviation] = points[cut];
    line += fmt::format("{}{:.1f} {:.1f}", cut ? 'L' : 'M', x_of(cut), y(mean));
    above += fmt::format("{}{:.1f} {:.1f}", cut ? 'L' : 'M', x_of(cut), y(mean + deviation));
    below.insert(0, fmt::format("L{:.1f} {:.1f}", x_of(cut), y(mean - deviation)));
    words += fmt::format("{}{} at {:.2g}", cut ? ", " : "", pixels_text(mean), curve_cut(cut));
  }
  return fmt::format(
      "<h2>Size by cut</h2><figure><svg viewBox=\"0 0 {} {}\" style=\"max-width:26rem\" "
      "role=\"img\" aria-label=\"Side of the field by cut, px: {}\">{}<path d=\"{}{}Z\" "
      "fill=\"var(--field)\" fill-opacity=\".18\"/><path d=\"{}\" fill=\"none\" "
      "stroke=\"var(--field)\" stroke-width=\"2\"/></svg><figcaption class=\"note\">Side of the "
      "field (root of the area at or above the cut), px; mean and standard deviation over units. "
      "A field whose curve is flat has an edge; a steep one fades, and its size is what the cut "
      "makes it.</figcaption></figure>\n",
      kCurveLeft + kCurveWidth + 10, kCurveTop + kCurveHeight + kCurveFoot, words, axes(highest),
      above, below, line);
}

}  // namespace rfmap::report
