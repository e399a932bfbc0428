#include "report/size_plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/html.h"

namespace rfmap::report {
namespace {

constexpr double kTop = 14, kLeft = 56, kRight = 18, kPlotHeight = 340;
constexpr std::size_t kMostDots = 160;  // a layer

struct Axes {
  double width = 0, step = 1, highest = 1, column = 0, foot = 0;
  bool turned = false;  ///< names of layers
  double x(std::size_t i) const { return kLeft + (double(i) + 0.5) * column; }
  double y(double px) const { return kTop + kPlotHeight * (1 - px / highest); }
};

Axes make_axes(const std::vector<PlotLayer>& layers) {
  double most = 1;
  std::size_t longest = 1;
  for (const PlotLayer& l : layers) {
    for (const double v : {l.theory, l.flat, l.size.mean + l.size.deviation, l.gradient.mean})
      if (std::isfinite(v)) most = std::max(most, v);
    for (const float v : l.sizes)
      if (std::isfinite(v)) most = std::max(most, double(v));
    longest = std::max(longest, l.name.size());
  }
  Axes axes;
  axes.width = std::max(1040.0, kLeft + kRight + 30.0 * double(layers.size()));
  axes.column = (axes.width - kLeft - kRight) / double(std::max<std::size_t>(1, layers.size()));
  axes.turned = 7.6 * double(longest) > axes.column;
  axes.foot = axes.turned ? std::min(190.0, 26 + 5.2 * double(longest)) : 34;
  axes.step = round_step(most / 6);
  axes.highest = axes.step * std::ceil(most / axes.step + 0.02);
  return axes;
}

std::string grid_lines(const Axes& a) {
  std::string svg;
  for (double v = 0; v <= a.highest * 1.0001; v += a.step)
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"var(--line)\"/>"
        "<text class=\"faint\" x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\" "
        "font-size=\"12\">{5:.4g}</text>",
        kLeft, a.width - kRight, a.y(v), kLeft - 8, a.y(v) + 4, v);
  return svg + fmt::format(
                   "<text class=\"faint\" transform=\"translate(15 {:.1f}) rotate(-90)\" "
                   "text-anchor=\"middle\" font-size=\"12\">side of the field, px of the network's "
                   "input</text>",
                   kTop + kPlotHeight / 2);
}

/// A line through the layers' values, broken where there is none.
std::string value_line(const std::vector<PlotLayer>& layers, const Axes& a, const char* style,
                       double PlotLayer::*value) {
  std::string d, marks;
  char command = 'M';
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const double v = layers[i].*value;
    if (!std::isfinite(v)) {
      command = 'M';
      continue;
    }
    d += fmt::format("{}{:.1f} {:.1f}", command, a.x(i), a.y(v));
    command = 'L';
    marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", a.x(i), a.y(v));
  }
  return fmt::format("<g style=\"{}\"><path d=\"{}\" fill=\"none\"/><g stroke=\"none\">{}</g></g>",
                     style, d, marks);
}

std::string dots(const PlotLayer& layer, const Axes& a, double x) {
  std::string svg;
  const std::size_t every = layer.sizes.size() / kMostDots + 1;
  for (std::size_t i = 0; i < layer.sizes.size(); i += every) {
    if (!std::isfinite(layer.sizes[i])) continue;
    const double shift = std::fmod(double(i) * 0.6180339887, 1) - 0.5;  // even, and no pattern
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\"/>",
                       x + shift * std::min(26.0, a.column * 0.5), a.y(layer.sizes[i]));
  }
  return fmt::format("<g fill=\"var(--field)\" fill-opacity=\".28\">{}</g>", svg);
}

std::string mean_mark(double x, const OverUnits& over, const Axes& a, const char* colour) {
  const auto [mean, deviation] = over;
  if (!std::isfinite(mean)) return "";
  return fmt::format(
      "<g stroke=\"{0}\" stroke-width=\"2\"><path fill=\"none\" d=\"M{1:.1f} {2:.1f}V{3:.1f}"
      "m-5 0h10M{4:.1f} {2:.1f}h10\"/><circle cx=\"{1:.1f}\" cy=\"{5:.1f}\" r=\"4.5\" "
      "fill=\"{0}\" stroke=\"var(--card)\"/></g>",
      colour, x, a.y(mean + deviation), a.y(std::max(0.0, mean - deviation)), x - 5, a.y(mean));
}

std::string name_of(const PlotLayer& layer, const Axes& a, double x) {
  const double y = kTop + kPlotHeight + (a.turned ? 14 : 22);
  const std::string place =
      a.turned
          ? fmt::format("transform=\"translate({:.1f} {:.1f}) rotate(-48)\" text-anchor=\"end\"",
                        x + 4, y)
          : fmt::format("x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\"", x, y);
  return fmt::format("<a href=\"{}\"><text {} font-size=\"13\">{}</text></a>", layer.address, place,
                     escaped(layer.name));
}

std::string column(const PlotLayer& layer, const Axes& a, std::size_t i) {
  const bool gradient = std::isfinite(layer.gradient.mean);
  const double shift = gradient ? std::min(9.0, a.column * 0.2) : 0;
  return fmt::format(
      "<g><title>{}: theory {}, measured {} ± {} px</title>{}{}{}{}</g>\n", escaped(layer.name),
      pixels_text(layer.theory), pixels_text(layer.size.mean), pixels_text(layer.size.deviation),
      dots(layer, a, a.x(i) - shift), mean_mark(a.x(i) - shift, layer.size, a, "var(--field)"),
      mean_mark(a.x(i) + shift, layer.gradient, a, "var(--gradient)"), name_of(layer, a, a.x(i)));
}

std::string legend_entry(const std::string& mark, const std::string& text) {
  return fmt::format(
      "<li><svg width=\"26\" height=\"14\" viewBox=\"0 0 26 14\" aria-hidden=\"true\">{}</svg>{}"
      "</li>",
      mark, text);
}

}  // namespace

double round_step(double least) {
  const double decade = std::pow(10, std::floor(std::log10(std::max(least, 1e-9))));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * decade >= least * 0.9999) return step * decade;
  return 10 * decade;
}

std::string size_plot(const std::vector<PlotLayer>& layers) {
  const Axes a = make_axes(layers);
  std::string svg = fmt::format(
      "<svg class=\"plot\" viewBox=\"0 0 {0:.0f} {1:.0f}\" style=\"min-width:min({0:.0f}px,"
      "{2}rem)\" role=\"img\" aria-label=\"Sizes of receptive fields by layer; the table below "
      "holds the numbers\">",
      a.width, kTop + kPlotHeight + a.foot, layers.size() > 16 ? 90 : 36);
  svg += grid_lines(a);
  svg += value_line(layers, a, "stroke:var(--flat);fill:var(--flat);stroke-dasharray:2 4",
                    &PlotLayer::flat);
  svg += value_line(layers, a, "stroke:var(--theory);fill:var(--theory);stroke-width:1.5",
                    &PlotLayer::theory);
  for (std::size_t i = 0; i < layers.size(); ++i) svg += column(layers[i], a, i);
  return svg + "</svg>";
}

std::string plot_legend(const std::vector<PlotLayer>& layers) {
  const std::string line =
      "<path d=\"M0 7H26\" style=\"stroke:var({0});{1}\"/><circle cx=\"13\" cy=\"7\" r=\"3\" "
      "style=\"fill:var({0})\"/>";
  const std::string mark =
      "<circle cx=\"13\" cy=\"7\" r=\"4.5\" style=\"fill:var({0})\"/><path d=\"M13 0V14M9 0H17M9 "
      "14H17\" style=\"fill:none;stroke:var({0});stroke-width:2\"/>";
  std::string html = "<ul class=\"legend\">";
  html += legend_entry(fmt::format(fmt::runtime(line), "--theory", "stroke-width:1.5"),
                       "theoretical: what the architecture allows");
  const auto has_flat = [](const PlotLayer& l) { return std::isfinite(l.flat); };
  if (std::ranges::any_of(layers, has_flat))
    html += legend_entry(fmt::format(fmt::runtime(line), "--flat", "stroke-dasharray:2 4"),
                         "what a flat field of that size would read");
  const bool raw = !layers.empty() && layers.front().raw;
  html += legend_entry(
      fmt::format(fmt::runtime(mark), "--field"),
      std::string(raw ? "measured" : "measured: the flat field that would read the same") +
          ", mean &plusmn; standard deviation over units; one dot per unit");
  const auto has_gradient = [](const PlotLayer& l) { return std::isfinite(l.gradient.mean); };
  if (std::ranges::any_of(layers, has_gradient))
    html += legend_entry(fmt::format(fmt::runtime(mark), "--gradient"),
                         "gradient field of the same images, mean &plusmn; standard deviation");
  return html + "</ul>";
}

}  // namespace rfmap::report
