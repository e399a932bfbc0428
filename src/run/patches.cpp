#include "run/patches.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace rfmap::run {
namespace {

Shape patch_shape(const Run& run) {
  return {run.input().c, run.grid.occluder.h, run.grid.occluder.w};
}

std::vector<float> constant_patch(const Run& run, std::span<const double> pixel) {
  const Shape shape = patch_shape(run);
  const Preprocessing& p = run.preprocessing;
  std::vector<float> values(shape.volume());
  for (int c = 0; c < shape.c; ++c) {
    const double mean = p.mean[p.mean.size() == 1 ? 0 : c], std = p.std[p.std.size() == 1 ? 0 : c];
    std::fill_n(values.begin() + std::ptrdiff_t(c * shape.area()), shape.area(),
                float((pixel[c] - mean) * p.scale / std));
  }
  return values;
}

std::vector<double> channel_means(const Crop& crop) {
  std::vector<double> means;
  for (int c = 0; c < crop.shape.c; ++c) {
    const auto area = std::ptrdiff_t(crop.shape.area());
    const auto first = crop.pixels.begin() + c * area;
    means.push_back(std::accumulate(first, first + area, 0.0) / double(area));
  }
  return means;
}

/// The part of the blurred image under one occluder; zeros beyond the border (never pasted).
void copy_window(std::span<const float> image, const Shape& shape, Point origin, Size side,
                 float* patch) {
  for (int c = 0; c < shape.c; ++c)
    for (int y = origin.y; y < origin.y + side.h; ++y)
      for (int x = origin.x; x < origin.x + side.w; ++x) {
        const bool inside = y >= 0 && y < shape.h && x >= 0 && x < shape.w;
        *patch++ = inside ? image[(std::size_t(c) * shape.h + y) * shape.w + x] : 0.f;
      }
}

std::vector<float> blur_patches(const Run& run, const Crop& crop) {
  const Size side = run.grid.occluder;
  const Crop blurred = gaussian_blur(crop, std::sqrt(double(side.h) * side.w));
  std::vector<float> image(crop.shape.volume());
  normalize(run.preprocessing, blurred.pixels, blurred.shape, image);
  const std::size_t volume = patch_shape(run).volume();
  std::vector<float> values(run.grid.positions() * volume);
  for (int i = 0; i < run.grid.positions(); ++i)
    copy_window(image, crop.shape, run.grid.origin(i), side, values.data() + i * volume);
  return values;
}

std::vector<float> noise_values(const Run& run) {
  const std::vector<std::uint8_t> bytes = noise_patches(run);
  const std::size_t volume = patch_shape(run).volume();
  std::vector<float> values(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); i += volume)
    normalize(run.preprocessing, std::span(bytes).subspan(i, volume), patch_shape(run),
              std::span(values).subspan(i, volume));
  return values;
}

}  // namespace

bool fill_depends_on_image(Fill fill) { return fill == Fill::image_mean || fill == Fill::blur; }

int patch_index(Fill fill, int position) {
  return fill == Fill::noise || fill == Fill::blur ? position : 0;
}

std::vector<std::uint8_t> noise_patches(const Run& run) {
  std::vector<std::uint8_t> all;
  for (int i = 0; i < run.grid.positions(); ++i) {
    const auto patch = noise_patch(run.method.seed, i, run.input().c, run.grid.occluder);
    all.insert(all.end(), patch.begin(), patch.end());
  }
  return all;
}

std::vector<float> patch_values(const Run& run, const Crop* crop) {
  const int channels = run.input().c;
  const Preprocessing& p = run.preprocessing;
  switch (run.method.fill) {
    case Fill::noise:
      return noise_values(run);
    case Fill::mean: {
      std::vector<double> mean(channels);
      for (int c = 0; c < channels; ++c) mean[c] = p.mean[p.mean.size() == 1 ? 0 : c];
      return constant_patch(run, mean);
    }
    case Fill::gray:
      return constant_patch(run, std::vector<double>(channels, 128));
    case Fill::black:
      return constant_patch(run, std::vector<double>(channels, 0));
    case Fill::image_mean:
      return constant_patch(run, channel_means(*crop));
    case Fill::blur:
      return blur_patches(run, *crop);
  }
  return {};
}

}  // namespace rfmap::run
