#include "report/map_picture.h"

#include <algorithm>
#include <cmath>

#include "report/indexed_png.h"

namespace rfmap {
namespace {

float largest_of(std::span<const float> values) {
  float most = 0;
  for (const float v : values)
    if (!std::isnan(v)) most = std::max(most, std::fabs(v));
  return most;
}

}  // namespace

const char* coloured_how(const AggregateRules& rules) {
  return rules.discrepancy == Discrepancy::signed_change
             ? "coloured from blue over white at 0 to orange, each as far as its own largest change"
             : "coloured from 0 to its own peak";
}

std::vector<std::uint8_t> map_png(std::span<const float> map, const Canvas& canvas,
                                  const MapPicture& picture) {
  Opacities opacities;
  opacities.fill(255);
  opacities[0] = 0;
  const float peak = std::max(picture.peak, 1e-30f);
  const cv::Mat indices =
      indices_of(map, {canvas.width, canvas.height}, picture.has_signs ? -peak : 0, peak);
  return indexed_png(indices, indexed(picture.has_signs ? diverging() : viridis()), opacities);
}

MapPicture describe_map(const CountedMean& counted, std::span<const float> drawn,
                        const Canvas& canvas, const AggregateRules& rules) {
  MapPicture picture;
  picture.has_signs = rules.discrepancy == Discrepancy::signed_change;
  picture.peak = picture.has_signs ? largest_of(drawn) : counted.peak;
  if (counted.peak > 0)
    picture.cut =
        outline(counted.values, {canvas.width, canvas.height}, rules.size_cut * counted.peak);
  return picture;
}

MapPicture describe_gradient(const GradientField& field, const Canvas& canvas, double cut) {
  AggregateRules rules;
  rules.size_cut = cut;
  return describe_map({field.mean, largest_of(field.mean)}, field.mean, canvas, rules);
}

std::vector<std::uint8_t> maps_png(const UnitRecord& unit, const Grid& grid) {
  Palette colours;
  Opacities opacities;
  for (int i = 0; i < 256; ++i) {
    const double t = (i - 128) / 127.0;
    colours[std::size_t(i)] = oklch(0.58, 0.19, t < 0 ? 255 : 42);
    opacities[std::size_t(i)] = std::uint8_t(std::lround(235 * std::min(1.0, std::fabs(t))));
  }
  cv::Mat tiles(0, grid.count.w, CV_8U);
  for (std::size_t r = 0; r < unit.peaks.size(); ++r) {
    const auto map = std::span(unit.change).subspan(r * grid.positions(), grid.positions());
    const float most = largest_of(map);
    tiles.push_back(indices_of(map, {grid.count.w, grid.count.h}, -most, most));
  }
  return indexed_png(tiles, colours, opacities);
}

}  // namespace rfmap
