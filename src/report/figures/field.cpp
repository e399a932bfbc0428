#include "report/figures/field.h"

#include <algorithm>
#include <cmath>

#include "report/indexed_png.h"

namespace rfmap::figures {
using namespace report;

float largest_of(std::span<const float> values) {
  float most = 0;
  for (const float v : values)
    if (!std::isnan(v)) most = std::max(most, std::fabs(v));
  return most;
}

Colours colours_of(const AggregateRules& rules) {
  return rules.discrepancy == Discrepancy::signed_change ? Colours::diverging : Colours::viridis;
}

const char* coloured_how(const AggregateRules& rules) {
  return colours_of(rules) == Colours::diverging
             ? "coloured from blue over white at 0 to orange, each as far as its own largest change"
             : "coloured from 0 to its own peak";
}

FieldFigure field_figure(const CountedMean& counted, std::vector<float> drawn, const Canvas& canvas,
                         const AggregateRules& rules) {
  const Colours colours = colours_of(rules);
  FieldFigure figure;
  if (counted.peak > 0)
    figure.cut =
        outline(counted.values, {canvas.width, canvas.height}, rules.size_cut * counted.peak);
  const float peak = colours == Colours::diverging ? largest_of(drawn) : counted.peak;
  figure.map = {{canvas.height, canvas.width}, std::move(drawn), peak, colours};
  return figure;
}

FieldFigure gradient_figure(const GradientField& field, const Canvas& canvas, double cut) {
  AggregateRules rules;
  rules.size_cut = cut;
  return field_figure({field.mean, largest_of(field.mean)}, field.mean, canvas, rules);
}

Mark theory_mark(const Field& theory, const ColouredMap& map) {
  const double h = theory.y.size() / 2, w = theory.x.size() / 2;
  const double y = map.size.h / 2.0, x = map.size.w / 2.0;
  // Viridis is dark at 0, diverging light.
  const std::uint8_t grey = map.colours == Colours::diverging ? 90 : 255;
  return {{{x - w, y - h}, {x + w, y - h}, {x + w, y + h}, {x - w, y + h}},
          {grey, grey, grey},
          Stroke::dashed};
}

TilePicture field_tile(FieldFigure figure, const Field& theory) {
  TilePicture tile;
  const Size size = figure.map.size;
  for (const Ring& ring : figure.cut) {
    Mark& mark = tile.marks.emplace_back();
    mark.colour = kOrange;
    for (const cv::Point2d& p : ring)
      mark.points.push_back({p.x + size.w / 2.0, p.y + size.h / 2.0});
  }
  tile.marks.push_back(theory_mark(theory, figure.map));
  tile.picture = std::move(figure.map);
  return tile;
}

std::vector<std::uint8_t> map_png(const ColouredMap& map) {
  Opacities opacities;
  opacities.fill(255);
  opacities[0] = 0;
  const double peak = std::max(map.peak, 1e-30);
  const double low = map.colours == Colours::diverging ? -peak : 0;
  const cv::Mat indices = indices_of(map.values, {map.size.w, map.size.h}, low, peak);
  return indexed_png(indices, indexed(palette(map.colours)), opacities);
}

std::vector<std::uint8_t> maps_png(const UnitRecord& unit, const Grid& grid) {
  Palette colours;
  Opacities opacities;
  for (int i = 0; i < 256; ++i) {
    const double t = (i - 128) / 127.0;
    colours[i] = oklch(0.58, 0.19, t < 0 ? 255 : 42);
    opacities[i] = std::uint8_t(std::lround(235 * std::min(1.0, std::fabs(t))));
  }
  cv::Mat tiles(0, grid.count.w, CV_8U);
  for (std::size_t r = 0; r < unit.peaks.size(); ++r) {
    const auto map = std::span(unit.change).subspan(r * grid.positions(), grid.positions());
    const float most = largest_of(map);
    tiles.push_back(indices_of(map, {grid.count.w, grid.count.h}, -most, most));
  }
  return indexed_png(tiles, colours, opacities);
}

}  // namespace rfmap::figures
