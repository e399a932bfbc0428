#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "rfmap/aggregate.h"

#include "core/bootstrap.h"
#include "core/recentre.h"
#include "core/sizes.h"

/// Synthetic units whose images differ as those of real layers do, so that the truth of an interval
/// is known: the mean size of K-image fields, over many further draws.
namespace rfmap::test {

/// Statistics of the images' own maps of a layer's units. Fitted to 16 units each of three layers
/// of AlexNet (tests/tools/fit_populations.py, docs/method.md).
struct Population {
  std::string name;
  int field = 1;      ///< theoretical size, px
  double side = 1;    ///< median size of the images' own maps at threshold 0.1, px
  double spread = 0;  ///< standard deviation of the logarithm of that size
  double peaks = 0;   ///< standard deviation of the logarithm of the maps' peaks
  double jitter = 0;  ///< standard deviation of their centroids along an axis, px
};

inline std::vector<Population> populations() {
  return {{"pool1", 19, 12.8, 0.18, 0.54, 1.5},
          {"conv3", 99, 46.6, 0.13, 0.24, 3.9},
          {"pool5", 195, 53.8, 0.19, 0.37, 8.0}};
}

/// Units of one population; images are Gaussians on a grid of stride 3, as measured with an 11 x 11
/// occluder.
class Sampler {
 public:
  Sampler(const Population& population, unsigned seed) : p_(population), random_(seed) {
    const int input = 2 * p_.field + 40;
    grid_ = make_grid({input, input}, {11, 11}, {3, 3});
    Field field;
    field.y.pieces = field.x.pieces = {{0, 1, double(p_.field)}};
    canvas_ = make_canvas(field, grid_, rules);
  }

  std::vector<core::Recentred> draw(int images) {
    std::vector<core::Recentred> maps;
    for (int i = 0; i < images; ++i) maps.push_back(draw_one());
    return maps;
  }

  /// Size of the mean field, and the ends of its interval.
  struct Estimate {
    float size = 0, low = 0, high = 0;
  };
  float size_of(const std::vector<core::Recentred>& maps) const {
    return core::size_by_rule(mean_of(maps), counted(), canvas_, rules.size_rule, rules.size_cut);
  }
  Estimate estimate(int images, int unit) {
    const std::vector<core::Recentred> maps = draw(images);
    std::vector<int> clusters;
    for (int i = 0; i < images; ++i) clusters.push_back(i);
    const core::Interval95 found =
        core::bootstrap_interval(maps, clusters, counted(), canvas_, rules, {0, unit});
    const float size = size_of(maps);
    return {size, size + found.below, size + found.above};
  }
  double truth(int images, int draws) {
    double sum = 0;
    for (int i = 0; i < draws; ++i) sum += size_of(draw(images));
    return sum / draws;
  }

  AggregateRules rules;

 private:
  core::Recentred draw_one() {
    std::normal_distribution<double> normal;
    const double centre = (grid_.input.h - 1) / 2.0;
    const double sides = std::exp(p_.spread * normal(random_)) * p_.side;
    const double sigma = sides / std::sqrt(2 * M_PI * std::log(10.0));
    const double peak = std::exp(p_.peaks * normal(random_));
    const double y = centre + p_.jitter * normal(random_), x = centre + p_.jitter * normal(random_);
    std::vector<float> change;
    for (int i = 0; i < grid_.positions(); ++i) {
      const double dy = grid_.centre_y(grid_.cell(i).y) - y,
                   dx = grid_.centre_x(grid_.cell(i).x) - x;
      change.push_back(float(peak * std::exp(-(dy * dy + dx * dx) / (2 * sigma * sigma))));
    }
    return core::recentre({change, {centre, centre}}, grid_, canvas_, rules);
  }

  std::vector<std::uint8_t> counted() const {
    return std::vector<std::uint8_t>(std::size_t(canvas_.height) * canvas_.width, 1);
  }

  std::vector<float> mean_of(const std::vector<core::Recentred>& maps) const {
    std::vector<float> mean(counted().size(), 0);
    for (const core::Recentred& map : maps)
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += map.values[i];
    return mean;
  }

  Population p_;
  std::mt19937 random_;
  Grid grid_;
  Canvas canvas_;
};

/// Share of `trials` intervals that contain the true size.
inline double coverage(const Population& population, int images, int trials, unsigned seed,
                       int resamples = 1000) {
  Sampler sampler(population, seed);
  sampler.rules.resamples = resamples;
  const double truth = sampler.truth(images, std::max(400, trials));
  int held = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const Sampler::Estimate e = sampler.estimate(images, trial);
    held += e.low <= truth && truth <= e.high;
  }
  return double(held) / trials;
}

}  // namespace rfmap::test
