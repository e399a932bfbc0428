#include "app/commands/gradient_inputs.h"

#include <algorithm>
#include <numeric>

#include "rfmap/error.h"
#include "rfmap/gradient.h"
#include "rfmap/images.h"

#include "core/log.h"
#include "run/run.h"

namespace rfmap::app {
using namespace run;
namespace {

using Visit = std::function<void(std::span<const float>)>;

/// Mean and standard deviation of uniform bytes 0..255.
constexpr double kByteMean = 127.5, kByteDeviation = 73.9;

Preprocessing noise_preprocessing(const InputRequest& request, const Shape& input) {
  if (request.preprocessing) return fit_to_input(*request.preprocessing, input);
  return {.mean = {kByteMean}, .std = {kByteDeviation}};
}

int visit_noise(const InputRequest& request, const Shape& input, const Visit& visit) {
  const Preprocessing p = noise_preprocessing(request, input);
  std::vector<float> values(input.volume());
  for (int i = 0; i < request.samples.value_or(1); ++i) {
    normalize(p, noise_image(request.seed + std::uint64_t(i), input), input, values);
    visit(values);
  }
  return 0;
}

int visit_images(const InputRequest& request, const Shape& input, const Visit& visit) {
  if (!request.preprocessing)
    throw ConfigError(
        "--images: the preprocessing is not known; give --preset, or --mean, --std, --scale, "
        "--channels, --resize and --crop as the network was trained");
  const Preprocessing p = fit_to_input(*request.preprocessing, input);
  const ImageList images = list_images(request.images);
  std::vector<int> indices(images.size());
  std::iota(indices.begin(), indices.end(), 0);
  if (request.samples) indices.resize(std::min(indices.size(), std::size_t(*request.samples)));
  ImageReader reader(images, indices, p, input.c, request.threads);
  std::vector<float> values(input.volume());
  int skipped = 0;
  while (const auto image = reader.next()) {
    if (!image->problem.empty()) {
      log::warn("skipped: {}", image->problem);
      ++skipped;
      continue;
    }
    normalize(p, image->crop.pixels, image->crop.shape, values);
    visit(values);
  }
  if (skipped == int(indices.size())) throw DataError("--images: none of the images could be read");
  return skipped;
}

}  // namespace

InputKind kind_of(const InputRequest& request) {
  if (request.kind != InputKind::automatic) return request.kind;
  return request.images.empty() ? InputKind::noise : InputKind::images;
}

int for_each_input(const InputRequest& request, const Shape& input, const Visit& visit) {
  const InputKind kind = kind_of(request);
  if (kind == InputKind::images && request.images.empty())
    throw ConfigError("--input images: no image is given; add --images PATH");
  if (kind != InputKind::images && !request.images.empty())
    throw ConfigError("--images and --input zero or noise contradict; give one of them");
  if (kind == InputKind::images) return visit_images(request, input, visit);
  if (kind == InputKind::noise) return visit_noise(request, input, visit);
  visit(std::vector<float>(input.volume(), 0.f));
  return 0;
}

}  // namespace rfmap::app
