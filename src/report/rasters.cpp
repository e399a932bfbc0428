#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "io/crop.h"
#include "report/colours.h"
#include "report/tiles.h"

namespace rfmap::report {
namespace {

Raster blank(Size size) {
  return {size, std::vector<std::uint8_t>(std::size_t(size.h) * size.w * 3)};
}

void put(Raster& raster, std::size_t pixel, const Colour& c) {
  for (std::size_t k = 0; k < 3; ++k) raster.bgr[3 * pixel + k] = c[int(k)];
}

Colour get(const Raster& raster, std::size_t pixel) {
  return {raster.bgr[3 * pixel], raster.bgr[3 * pixel + 1], raster.bgr[3 * pixel + 2]};
}

Colour mixed(const Colour& a, const Colour& b, double share) {
  Colour c;
  for (int k = 0; k < 3; ++k) c[k] = std::uint8_t(std::lround(a[k] + share * (b[k] - a[k])));
  return c;
}

/// Bilinear between pixel centres, over the neighbours that were measured; NaN in a pixel that was
/// not, so that its edges stay where they are.
double interpolated(const ColouredMap& map, double y, double x) {
  const auto value_at = [&](int i, int j) {
    const bool inside = i >= 0 && j >= 0 && i < map.size.h && j < map.size.w;
    return inside ? map.values[std::size_t(i) * map.size.w + j] : NAN;
  };
  if (std::isnan(value_at(int(std::lround(y)), int(std::lround(x))))) return NAN;
  const int y0 = int(std::floor(y)), x0 = int(std::floor(x));
  double sum = 0, weights = 0;
  for (int i = 0; i < 4; ++i) {
    const double value = value_at(y0 + i / 2, x0 + i % 2);
    const double weight = (i / 2 ? y - y0 : 1 - y + y0) * (i % 2 ? x - x0 : 1 - x + x0);
    if (std::isnan(value)) continue;
    sum += weight * value;
    weights += weight;
  }
  return sum / weights;
}

}  // namespace

Raster raster_of(const Crop& crop, ChannelOrder order) {
  cv::Mat image = io::to_image(crop, order);
  if (image.channels() == 1) cv::cvtColor(image, image, cv::COLOR_GRAY2BGR);
  return {{crop.shape.h, crop.shape.w}, {image.datastart, image.dataend}};
}

Raster painted(const ColouredMap& map, Size drawn) {
  Raster raster = blank(drawn);
  const Palette& colours = palette(map.colours);
  const double peak = std::max(map.peak, 1e-30);
  const double low = map.colours == Colours::diverging ? -peak : 0;
  const double scale = 1 / (peak - low);
  std::size_t to = 0;
  for (int y = 0; y < drawn.h; ++y)
    for (int x = 0; x < drawn.w; ++x, ++to) {
      const double v = interpolated(map, (y + 0.5) * map.size.h / drawn.h - 0.5,
                                    (x + 0.5) * map.size.w / drawn.w - 0.5);
      put(raster, to, std::isnan(v) ? hatching(y, x) : at(colours, (v - low) * scale));
    }
  return raster;
}

Raster overlaid(const Raster& photo, std::span<const float> values, double most) {
  Raster raster = blank(photo.size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Colour p = get(photo, i);
    const double grey = 0.114 * p[0] + 0.587 * p[1] + 0.299 * p[2];
    const Colour pale = mixed(Colour::all(std::uint8_t(std::lround(grey))), Colour::all(255), 0.35);
    const double share = std::isnan(values[i]) || most <= 0 ? 0 : values[i] / most;
    put(raster, i,
        mixed(pale, at(diverging(), 0.5 + share / 2), std::min(0.9, 1.6 * std::fabs(share))));
  }
  return raster;
}

Raster darkened(const Raster& photo, std::span<const std::uint8_t> mask) {
  Raster raster = photo;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i] == 0)
      for (std::size_t k = 0; k < 3; ++k) raster.bgr[3 * i + k] /= 5;
  return raster;
}

Raster cropped(const Raster& photo, Rect part) {
  Raster raster = blank({part.y1 - part.y0, part.x1 - part.x0});
  std::size_t to = 0;
  for (int y = part.y0; y < part.y1; ++y)
    for (int x = part.x0; x < part.x1; ++x, ++to) {
      const bool inside = y >= 0 && x >= 0 && y < photo.size.h && x < photo.size.w;
      put(raster, to,
          inside ? get(photo, std::size_t(y) * photo.size.w + x)
                 : hatching(y - part.y0, x - part.x0));
    }
  return raster;
}

Mark box_mark(const Rect& b, std::array<std::uint8_t, 3> colour, Stroke stroke) {
  return {{{double(b.x0), double(b.y0)},
           {double(b.x1), double(b.y0)},
           {double(b.x1), double(b.y1)},
           {double(b.x0), double(b.y1)}},
          colour,
          stroke};
}

const NamedColour& distinct_colour(std::size_t i) {
  static constexpr std::array<NamedColour, 7> colours{{{"vermilion", {0, 94, 213}},
                                                       {"light blue", {233, 180, 86}},
                                                       {"green", {115, 158, 0}},
                                                       {"yellow", {66, 228, 240}},
                                                       {"purple", {167, 121, 204}},
                                                       {"blue", {178, 114, 0}},
                                                       {"orange", {0, 159, 230}}}};
  return colours[i % colours.size()];
}

}  // namespace rfmap::report
