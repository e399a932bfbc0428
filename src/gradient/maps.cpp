#include <cmath>

#include "rfmap/gradient.h"
#include "rfmap/occlusion.h"

namespace rfmap {

GradientMean::GradientMean(const Shape& input)
    : input_(input),
      support_(input.area(), 0),
      absolute_(input.area(), 0),
      squared_(input.area(), 0),
      signed_(input.area(), 0) {}

void GradientMean::add(std::span<const float> gradient) {
  const std::size_t area = input_.area();
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double g = gradient[i];
    const std::size_t pixel = i % area;
    support_[pixel] |= g != 0;
    absolute_[pixel] += std::fabs(g);
    squared_[pixel] += g * g;
    signed_[pixel] += g;
  }
  ++samples_;
}

GradientMaps GradientMean::maps() const {
  GradientMaps maps;
  maps.input = {input_.h, input_.w};
  maps.samples = samples_;
  maps.support = support_;
  const auto mean = [&](const std::vector<double>& sums) {
    std::vector<float> means;
    means.reserve(sums.size());
    for (double sum : sums) means.push_back(float(sum / samples_));
    return means;
  };
  maps.absolute = mean(absolute_);
  maps.squared = mean(squared_);
  maps.signed_sum = mean(signed_);
  return maps;
}

std::vector<std::uint8_t> noise_image(std::uint64_t seed, const Shape& input) {
  return noise_patch(seed, 0, input.c, {input.h, input.w});
}

}  // namespace rfmap
