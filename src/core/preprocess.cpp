#include "rfmap/preprocess.h"

#include <cstddef>

#include "rfmap/error.h"

namespace rfmap {
namespace {

/// One value a channel, or one for all.
double of_channel(const std::vector<double>& values, int channel) {
  return values.size() == 1 ? values.front() : values[channel];
}

void expect_channels(const std::vector<double>& values, const char* option, int channels) {
  if (values.size() != 1 && values.size() != std::size_t(channels))
    throw ConfigError(std::string(option) + " has " + std::to_string(values.size()) +
                      " numbers, but the network's input has " + std::to_string(channels) +
                      " channels; give one per channel, or one for all.");
}

std::vector<Preset> make_presets() {
  const std::vector<double> one{1}, zero{0};
  return {
      {"caffe",
       "Caffe's ImageNet models: warp to 256 x 256, BGR, mean 104, 117, 123",
       {{104, 117, 123}, one, 1, ChannelOrder::bgr, {0, {256, 256}}, {}}},
      {"torchvision",
       "torchvision's ImageNet models: short side 256, RGB, mean and standard deviation",
       {{123.675, 116.28, 103.53},
        {58.395, 57.12, 57.375},
        1,
        ChannelOrder::rgb,
        {256, {}},
        {},
        true}},
      {"tensorflow",
       "TensorFlow's models in -1..1: short side 256, RGB, (pixel - 127.5) / 127.5",
       {{127.5}, {127.5}, 1, ChannelOrder::rgb, {256, {}}, {}}},
      {"unit",
       "values in 0..1: short side 256, RGB, pixel / 255",
       {zero, {255}, 1, ChannelOrder::rgb, {256, {}}, {}}},
      {"raw", "bytes as they are, RGB, no resize", {zero, one, 1, ChannelOrder::rgb, {}, {}}},
      {"gray",
       "one channel in 0..1, no resize: pixel / 255",
       {zero, {255}, 1, ChannelOrder::gray, {}, {}}},
  };
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> table = make_presets();
  return table;
}

void normalize(const Preprocessing& p, std::span<const std::uint8_t> pixels, const Shape& shape,
               std::span<float> values) {
  expect_channels(p.mean, "--mean", shape.c);
  expect_channels(p.std, "--std", shape.c);
  for (int c = 0; c < shape.c; ++c) {
    const double mean = of_channel(p.mean, c), factor = p.scale / of_channel(p.std, c);
    const std::size_t begin = c * shape.area();
    for (std::size_t i = begin; i < begin + shape.area(); ++i)
      values[i] = float((pixels[i] - mean) * factor);
  }
}

}  // namespace rfmap
