#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rfmap/geometry.h"

namespace rfmap {

enum class ChannelOrder { bgr, rgb, gray };

/// Resizing before the crop: the short side to `short_side` (aspect kept), or a warp to `warp`, or,
/// where both are 0, nothing.
struct Resize {
  int short_side = 0;
  Size warp;
  bool operator==(const Resize&) const = default;
};

/// From a decoded image to the network's input: value = (pixel - mean) * scale / std, channels in
/// `order`, pixel, mean and std in 0..255. Resize first, then a centre crop with offset floor((n -
/// crop) / 2), or with halves rounded to even, as torchvision does. Interpolation: area down,
/// bilinear up.
struct Preprocessing {
  std::vector<double> mean{0}, std{1};  ///< one a channel, or one for all
  double scale = 1;
  ChannelOrder order = ChannelOrder::rgb;
  Resize resize;
  Size crop;  ///< the network's input size
  bool crop_half_to_even = false;
};

struct Preset {
  std::string name, help;
  Preprocessing values;  ///< crop 0 x 0: the network's input
};
/// caffe, torchvision, ... (names for --preset; the values are in --help).
const std::vector<Preset>& presets();

/// An image as the network's channels, uint8, [C, H, W] in the network's channel order:
/// preprocessed, occluded and shown in this form. Stored as bytes so that it is the same on every
/// engine.
struct Crop {
  Shape shape;
  std::vector<std::uint8_t> pixels;
};

/// Only the affine step: values [C, H, W] of bytes in the same order.
void normalize(const Preprocessing& p, std::span<const std::uint8_t> pixels, const Shape& shape,
               std::span<float> values);

}  // namespace rfmap
