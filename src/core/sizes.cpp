#include "core/sizes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include "core/gaussian.h"
#include "core/hull.h"
#include "core/nan.h"

namespace rfmap {

using namespace core;

namespace {

/// The counted part of a map.
struct View {
  std::span<const float> map;
  std::span<const std::uint8_t> counted;
  Canvas canvas;
  int fit_samples = kAllPixels;  ///< of the Gaussian's lattice

  bool at_least(std::size_t i, double threshold) const {
    return counted[i] && double(map[i]) >= threshold;
  }
};

/// sqrt(area where the map is at least cut * peak).
float area_side(const View& v, double threshold) {
  int pixels = 0;
  for (std::size_t i = 0; i < v.map.size(); ++i) pixels += v.at_least(i, threshold);
  return float(std::sqrt(double(pixels)));
}

std::array<float, 4> box_of(const View& v, double threshold) {
  const auto holds = [&](std::size_t i) { return v.at_least(i, threshold); };
  const Rect hull = hull_of({v.canvas.height, v.canvas.width}, holds);
  const float cy = float(v.canvas.height - 1) / 2, cx = float(v.canvas.width - 1) / 2;
  return {float(hull.y0) - cy, float(hull.x0) - cx, float(hull.y1 - 1) - cy,
          float(hull.x1 - 1) - cx};
}

/// Positive mass by distance from its centroid, in bins of a quarter pixel.
struct Mass {
  double total = 0, y = 0, x = 0;
  std::vector<double> bins;
};

double mass_at(const View& v, std::size_t i) { return v.counted[i] ? std::max(v.map[i], 0.f) : 0; }

std::size_t row_of(const View& v, std::size_t i) { return i / v.canvas.width; }

double distance(const View& v, const Mass& m, std::size_t i) {
  return std::hypot(double(row_of(v, i)) - m.y, double(i % v.canvas.width) - m.x);
}

int bin_of(double distance) { return int(distance * 4); }

Mass mass_of(const View& v) {
  Mass m;
  for (std::size_t i = 0; i < v.map.size(); ++i) {
    const double mass = mass_at(v, i);
    m.total += mass;
    m.y += mass * double(row_of(v, i));
    m.x += mass * double(i % v.canvas.width);
  }
  m.y /= m.total;
  m.x /= m.total;
  m.bins.assign(bin_of(std::hypot(v.canvas.height, v.canvas.width)) + 1, 0);
  for (std::size_t i = 0; i < v.map.size(); ++i)
    if (const double mass = mass_at(v, i); mass > 0) m.bins[bin_of(distance(v, m, i))] += mass;
  return m;
}

/// Distance of the pixel with which the mass, from the centroid outwards, reaches the share.
float mass_radius(const View& v, const Mass& m, double share) {
  double missing = share * m.total;
  std::size_t bin = 0;
  while (bin + 1 < m.bins.size() && m.bins[bin] < missing) missing -= m.bins[bin++];
  std::vector<std::pair<double, double>> ring;  // distance, mass
  for (std::size_t i = 0; i < v.map.size(); ++i) {
    const double mass = mass_at(v, i);
    if (!(mass > 0)) continue;
    const double d = distance(v, m, i);
    if (bin_of(d) == int(bin)) ring.emplace_back(d, mass);
  }
  std::sort(ring.begin(), ring.end());
  for (const auto& [d, mass] : ring)
    if ((missing -= mass) <= 0) return float(d);
  return ring.empty() ? 0 : float(ring.back().first);
}

Sizes no_sizes() {
  return {kNan, kNan, kNan, kNan, kNan, kNan, {kNan, kNan, kNan, kNan}, no_gaussian()};
}

/// A rule of --size-rule: what it measures of a map, and the size that follows, px.
struct Rule {
  SizeRule rule;
  void (*measure)(Sizes& s, const View& v, double threshold);
  float (*side)(const Sizes& s, double size_cut);
};

constexpr std::array<Rule, kSizeRules.size()> kRules{{
    {SizeRule::area, [](Sizes& s, const View& v, double at) { s.cut = area_side(v, at); },
     [](const Sizes& s, double) { return s.cut; }},
    {SizeRule::radius50,
     [](Sizes& s, const View& v, double) { s.radius50 = mass_radius(v, mass_of(v), 0.5); },
     [](const Sizes& s, double) { return 2 * s.radius50; }},
    {SizeRule::radius90,
     [](Sizes& s, const View& v, double) { s.radius90 = mass_radius(v, mass_of(v), 0.9); },
     [](const Sizes& s, double) { return 2 * s.radius90; }},
    {SizeRule::gaussian,
     [](Sizes& s, const View& v, double) {
       s.gaussian = fit_gaussian(v.map, v.counted, v.canvas, v.fit_samples);
     },
     [](const Sizes& s, double size_cut) {
       return float(std::sqrt(2 * std::numbers::pi * std::log(1 / size_cut) *
                              s.gaussian.parameters[3] * s.gaussian.parameters[4]));
     }},
    {SizeRule::box, [](Sizes& s, const View& v, double at) { s.box = box_of(v, at); },
     [](const Sizes& s, double) {
       const auto& [y0, x0, y1, x1] = s.box;
       return std::sqrt((y1 - y0 + 1) * (x1 - x0 + 1));
     }},
}};

constexpr const Rule& rule_of(SizeRule rule) { return kRules[std::size_t(rule)]; }
static_assert(std::ranges::all_of(kSizeRules, [](const auto& named) {
  return rule_of(named.second).rule == named.second;
}));

}  // namespace

float core::counted_peak(std::span<const float> map, std::span<const std::uint8_t> counted) {
  float peak = 0;
  for (std::size_t i = 0; i < map.size(); ++i)
    if (counted[i]) peak = std::max(peak, map[i]);
  return peak;
}

Sizes measure_sizes(std::span<const float> map, std::span<const std::uint8_t> counted,
                    const Canvas& canvas, double size_cut) {
  const View view{map, counted, canvas};
  const double peak = counted_peak(map, counted);
  Sizes s = no_sizes();
  if (!(peak > 0)) return s;
  s.cut10 = area_side(view, 0.1 * peak);
  s.cut25 = area_side(view, 0.25 * peak);
  s.cut50 = area_side(view, 0.5 * peak);
  for (const Rule& rule : kRules) rule.measure(s, view, size_cut * peak);
  return s;
}

float chosen_size(const Sizes& s, SizeRule rule, double size_cut) {
  return rule_of(rule).side(s, size_cut);
}

float core::size_by_rule(std::span<const float> map, std::span<const std::uint8_t> counted,
                         const Canvas& canvas, SizeRule rule, double size_cut) {
  const double peak = counted_peak(map, counted);
  if (!(peak > 0)) return kNan;
  Sizes s = no_sizes();
  rule_of(rule).measure(s, {map, counted, canvas, 2500}, size_cut * peak);
  return chosen_size(s, rule, size_cut);
}

float core::truncated_share(std::span<const float> map, std::span<const std::uint8_t> counted,
                            const Canvas& canvas, double size_cut) {
  const View view{map, counted, canvas};
  const double peak = counted_peak(map, counted), threshold = size_cut * peak;
  if (!(peak > 0)) return kNan;
  int contour = 0, cut_off = 0;
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x) {
      if (!view.at_least(std::size_t(y) * canvas.width + x, threshold)) continue;
      bool edge = false, touches = false;
      for (const auto& [dy, dx] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
        const int v = y + dy, u = x + dx;
        const bool outside = v < 0 || v >= canvas.height || u < 0 || u >= canvas.width;
        const std::size_t i = std::size_t(v) * canvas.width + u;
        edge |= outside || !view.at_least(i, threshold);
        touches |= !outside && !counted[i];
      }
      contour += edge;
      cut_off += touches;
    }
  return float(cut_off) / float(contour);
}

}  // namespace rfmap
