#include "io/crop.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "rfmap/error.h"

#include "io/files.h"

namespace rfmap::io {
namespace {

cv::Mat resize_to(const cv::Mat& image, Size size) {
  const cv::Size least(std::min(image.cols, size.w), std::min(image.rows, size.h));
  cv::Mat smaller = image, resized;
  if (least != image.size()) cv::resize(image, smaller, least, 0, 0, cv::INTER_AREA);
  if (least == cv::Size(size.w, size.h)) return smaller;
  cv::resize(smaller, resized, cv::Size(size.w, size.h), 0, 0, cv::INTER_LINEAR);
  return resized;
}

/// (n - crop) / 2 rounded down, or, as torchvision does, halves to even.
int offset(int n, int crop, const Preprocessing& p) {
  const int spare = n - crop, down = spare / 2;
  return p.crop_half_to_even && spare % 2 != 0 && down % 2 != 0 ? down + 1 : down;
}

cv::Mat centre_crop(const cv::Mat& image, const Preprocessing& p) {
  const Size crop = p.crop;
  if (image.rows < crop.h || image.cols < crop.w)
    throw Unreadable(
        fmt::format("is {} x {} pixels (height x width) where the crop needs {} x {}: --resize "
                    "would enlarge it",
                    image.rows, image.cols, crop.h, crop.w));
  return image(
      cv::Rect(offset(image.cols, crop.w, p), offset(image.rows, crop.h, p), crop.w, crop.h));
}

/// A long thin image grows along both axes: 1 x 20000 with a short side of 256 would need 4 GB.
void require_moderate(Size original, Size resized) {
  constexpr std::int64_t kMostPixels = std::int64_t(1) << 26;
  const auto area = [](Size s) { return std::int64_t(s.h) * s.w; };
  if (area(resized) <= std::max(kMostPixels, area(original))) return;
  throw Unreadable(
      fmt::format("is {} x {} pixels (height x width), which --resize would enlarge to {} x {}: "
                  "crop the image first, or give --resize HxW",
                  original.h, original.w, resized.h, resized.w));
}

cv::Mat in_order(const cv::Mat& bgr, ChannelOrder order, int channels) {
  if (order == ChannelOrder::bgr) return bgr;
  cv::Mat image, repeated;
  cv::cvtColor(bgr, image, order == ChannelOrder::rgb ? cv::COLOR_BGR2RGB : cv::COLOR_BGR2GRAY);
  if (image.channels() == channels) return image;
  cv::cvtColor(image, repeated, cv::COLOR_GRAY2BGR);
  return repeated;
}

}  // namespace

Size resized_size(Size original, const Preprocessing& p) {
  if (p.resize.warp.h > 0 && p.resize.warp.w > 0) return p.resize.warp;
  if (p.resize.short_side <= 0) return original;
  const std::int64_t least = std::min(original.h, original.w);
  const auto side = [&](int n) {
    const std::int64_t scaled = std::int64_t(n) * p.resize.short_side / least;
    return int(std::min<std::int64_t>(scaled, std::numeric_limits<int>::max()));
  };
  return {side(original.h), side(original.w)};
}

Crop make_crop(const cv::Mat& bgr, const Preprocessing& p, int channels) {
  const Size original{bgr.rows, bgr.cols}, size = resized_size(original, p);
  require_moderate(original, size);
  const cv::Mat cropped = centre_crop(resize_to(bgr, size), p);
  return to_planes(in_order(cropped, p.order, channels));
}

void require_usable(const Preprocessing& p, int channels) {
  if (p.crop.h <= 0 || p.crop.w <= 0)
    throw ConfigError("the size of the crop is not known: give --crop HxW or --input-size HxW");
  if (channels != 1 && channels != 3)
    throw ConfigError(fmt::format(
        "the network takes {} channels where an image gives 1 (gray) or 3 (bgr, rgb)", channels));
  if (channels == 1 && p.order != ChannelOrder::gray)
    throw ConfigError("--channels says colour but the network takes 1 channel: give gray");
}

std::vector<cv::Mat> plane_views(Crop& crop) {
  std::vector<cv::Mat> planes;
  for (int c = 0; c < crop.shape.c; ++c)
    planes.emplace_back(crop.shape.h, crop.shape.w, CV_8U,
                        crop.pixels.data() + std::size_t(c) * crop.shape.area());
  return planes;
}

cv::Mat to_image(Crop crop, ChannelOrder order) {
  std::vector<cv::Mat> planes = plane_views(crop);
  if (crop.shape.c == 3 && order == ChannelOrder::rgb) std::swap(planes[0], planes[2]);
  cv::Mat image;
  cv::merge(planes, image);
  return image;
}

Crop to_planes(const cv::Mat& image) {
  Crop crop{{image.channels(), image.rows, image.cols}, {}};
  crop.pixels.resize(crop.shape.volume());
  std::vector<cv::Mat> planes = plane_views(crop);
  cv::split(image, planes);
  return crop;
}

}  // namespace rfmap::io
