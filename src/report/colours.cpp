#include "report/colours.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <opencv2/imgproc.hpp>

namespace rfmap::report {
namespace {

std::uint8_t srgb(double linear) {
  const double v = std::clamp(linear, 0.0, 1.0);
  const double encoded = v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
  return std::uint8_t(std::lround(255 * encoded));
}

Palette make_viridis() {
  cv::Mat_<std::uint8_t> steps(1, 256);
  std::iota(steps.begin(), steps.end(), std::uint8_t(0));
  cv::Mat_<Colour> colours;
  cv::applyColorMap(steps, colours, cv::COLORMAP_VIRIDIS);
  Palette table;
  std::ranges::copy(colours, table.begin());
  return table;
}

Palette make_diverging() {
  constexpr double light = 0.97, dark = 0.45, chroma = 0.145, blue = 255, orange = 45;
  Palette table;
  for (int i = 0; i < 256; ++i) {
    const double t = (i - 127.5) / 127.5, strength = std::fabs(t);
    table[i] = oklch(light + (dark - light) * strength, chroma * strength, t < 0 ? blue : orange);
  }
  return table;
}

}  // namespace

Colour oklch(double lightness, double chroma, double hue) {
  const double h = hue * std::numbers::pi / 180, a = chroma * std::cos(h), b = chroma * std::sin(h);
  const auto cube = [](double v) { return v * v * v; };
  const double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {srgb(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
          srgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          srgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)};
}

const Palette& viridis() {
  static const Palette table = make_viridis();
  return table;
}

const Palette& palette(Colours colours) {
  return colours == Colours::diverging ? diverging() : viridis();
}

const Palette& diverging() {
  static const Palette table = make_diverging();
  return table;
}

Colour hatching(int y, int x) {
  return (y + x) % 8 < 2 ? Colour{200, 200, 200} : Colour{232, 232, 232};
}

const Colour& at(const Palette& palette, double share) {
  return palette[std::lround(255 * std::clamp(share, 0.0, 1.0))];
}

}  // namespace rfmap::report
