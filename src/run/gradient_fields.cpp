#include "run/gradient_fields.h"

#include <algorithm>
#include <cmath>

#include "core/mean_map.h"
#include "core/nan.h"
#include "core/pearson.h"
#include "core/sizes.h"

namespace rfmap::run {

using namespace core;

namespace {

/// The pixels of an input as a grid of occluders of one pixel.
Grid pixel_grid(Size input) { return {{1, 1}, {1, 1}, input, {0, 0}, input}; }

/// Sum under the occluder, centred on each pixel; NaN stays NaN and adds nothing.
std::vector<float> box_filtered(const std::vector<float>& map, const Canvas& canvas, Size side) {
  std::vector<float> out(map.size(), kNan);
  const int up = (side.h - 1) / 2, left = (side.w - 1) / 2;
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x) {
      const std::size_t at = std::size_t(y) * canvas.width + x;
      if (std::isnan(map[at])) continue;
      double sum = 0;
      for (int v = std::max(0, y - up); v < std::min(canvas.height, y - up + side.h); ++v)
        for (int u = std::max(0, x - left); u < std::min(canvas.width, x - left + side.w); ++u)
          if (const float value = map[std::size_t(v) * canvas.width + u]; !std::isnan(value))
            sum += value;
      out[at] = float(sum);
    }
  return out;
}

float overlap(const std::vector<float>& a, const std::vector<float>& b,
              const std::vector<std::uint8_t>& counted, double cut) {
  const double least_a = cut * counted_peak(a, counted), least_b = cut * counted_peak(b, counted);
  int both = 0, either = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!counted[i]) continue;
    const bool in_a = a[i] >= least_a, in_b = b[i] >= least_b;
    both += in_a && in_b;
    either += in_a || in_b;
  }
  return least_a > 0 && least_b > 0 ? float(both) / float(either) : kNan;
}

}  // namespace

GradientField measure_gradient_field(std::vector<float> mean, const UnitField& empirical,
                                     const Canvas& canvas, Size occluder,
                                     const AggregateRules& rules) {
  GradientField field;
  std::vector<std::uint8_t> counted(mean.size());
  std::ranges::transform(mean, counted.begin(), [](float v) { return !std::isnan(v); });
  const auto size = [&](const std::vector<float>& map) {
    return size_by_rule(map, counted, canvas, rules.size_rule, rules.size_cut);
  };
  field.size = size(mean);
  const std::vector<float> seen = box_filtered(mean, canvas, occluder);
  field.size_occluder = size(seen);
  const std::vector<float>& measured = empirical.abs_mean;
  for (std::size_t i = 0; i < mean.size(); ++i) counted[i] = counted[i] && !std::isnan(measured[i]);
  field.correlation = pearson(seen, measured, counted);
  field.overlap = overlap(seen, measured, counted, rules.size_cut);
  field.mean = std::move(mean);
  return field;
}

std::vector<float> mean_gradient(std::span<const ChangeMap> maps, Size input,
                                 const Canvas& canvas) {
  AggregateRules rules;  // so that other rules can be applied later to the mean alone
  rules.discrepancy = Discrepancy::abs;
  MeanMap mean = mean_map(maps, pixel_grid(input), canvas, rules);
  return only_counted(std::move(mean), maps.size(), rules.border);
}

}  // namespace rfmap::run
