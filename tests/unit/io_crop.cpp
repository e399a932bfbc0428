#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "rfmap/error.h"

#include "io/crop.h"
#include "io/files.h"
#include "io_samples.h"

namespace rfmap {
using namespace io;
namespace {

Bytes cropped(const cv::Mat& image, const Preprocessing& p, int channels = 3) {
  return make_crop(image, p, channels).pixels;
}

TEST(Crop, OffsetIsHalfTheDifferenceRoundedDown) {
  int cases = 0;
  for (const Size size : {Size{8, 8}, Size{9, 8}, Size{8, 11}, Size{13, 10}, Size{5, 6}}) {
    const cv::Mat image = random_image(size.h, size.w, CV_8UC3);
    const Crop crop = make_crop(image, plain({5, 4}), 3);
    EXPECT_EQ(crop.shape, (Shape{3, 5, 4}));
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 4; ++x)
        for (int c = 0; c < 3; ++c, ++cases)
          ASSERT_EQ(crop.pixels[std::size_t(c * 20 + y * 4 + x)],
                    image.at<cv::Vec3b>(y + (size.h - 5) / 2, x + (size.w - 4) / 2)[c]);
  }
  EXPECT_EQ(cases, 5 * 60);
}

/// Python's int(round((n - crop) / 2)), as in torchvision's center_crop.
TEST(Crop, OffsetsOfTorchvisionRoundHalvesToEven) {
  for (const auto& [side, offset] : {std::pair{5, 0}, {6, 1}, {7, 2}, {9, 2}, {11, 4}, {13, 4}}) {
    const cv::Mat image = random_image(side, side, CV_8UC3);
    Preprocessing p = plain({4, 4});
    p.crop_half_to_even = true;
    EXPECT_EQ(make_crop(image, p, 3).pixels[0], image.at<cv::Vec3b>(offset, offset)[0]) << side;
  }
}

/// The offset of a crop of 224, read from pixels that hold their own place.
int crop_offset(const std::string& preset, int width) {
  const auto named = [&](const Preset& p) { return p.name == preset; };
  Preprocessing p = std::ranges::find_if(presets(), named)->values;
  p.resize = {};
  p.order = ChannelOrder::bgr;
  p.crop = {1, 224};
  cv::Mat image(1, width, CV_8UC3);
  for (int x = 0; x < width; ++x)
    image.at<cv::Vec3b>(0, x) = {std::uint8_t(x % 256), std::uint8_t(x / 256), 0};
  const Bytes pixels = make_crop(image, p, 3).pixels;
  return pixels[0] + 256 * pixels[224];
}

/// Frameworks' formulas for widths of 224 to 991: torchvision int(round((w - 224) / 2.0)); Caffe
/// and TensorFlow (w - 224) / 2 in integers.
TEST(Crop, EachPresetCropsAsItsFrameworkDoes) {
  int differ = 0;
  for (int width = 224; width < 224 + 768; ++width) {
    const int down = (width - 224) / 2;
    const int even = int(std::nearbyint((width - 224) / 2.0));  // halves to even, as Python's round
    EXPECT_EQ(crop_offset("torchvision", width), even) << width;
    for (const char* other : {"caffe", "tensorflow", "unit", "raw"})
      EXPECT_EQ(crop_offset(other, width), down) << other << ' ' << width;
    differ += even != down;
  }
  EXPECT_EQ(differ, 192);
  EXPECT_EQ(crop_offset("torchvision", 383), 80);  // 79.5; of 481 x 321 with its short side at 256
  EXPECT_EQ(crop_offset("torchvision", 341), 58);  // 58.5; of 500 x 375
}

TEST(Resize, LongSidesOfTorchvision) {
  Preprocessing p;
  p.resize.short_side = 256;
  for (const Size size : {Size{321, 481}, {375, 500}, {333, 500}, {480, 640}, {255, 256}, {1, 3}})
    EXPECT_EQ(resized_size(size, p), (Size{256, int(256.0 * size.w / size.h)})) << size.w;
  EXPECT_EQ(resized_size({321, 481}, p), (Size{256, 383}));
}

TEST(Crop, AThinImageIsNotEnlargedToGigabytes) {
  Preprocessing p = plain({224, 224});
  p.resize.short_side = 256;
  try {
    make_crop(random_image(1, 20000, CV_8UC3), p, 3);
    FAIL() << "256 x 5120000 pixels";
  } catch (const Unreadable& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("enlarge to 256 x 5120000"));
  }
  EXPECT_EQ(make_crop(random_image(1, 900, CV_8UC3), p, 3).shape, (Shape{3, 224, 224}));
}

TEST(Crop, ChannelsComeInTheNetworksOrder) {
  const cv::Mat image(1, 1, CV_8UC3, cv::Scalar(10, 100, 200));  // blue, green, red
  Preprocessing p = plain({1, 1});
  EXPECT_EQ(cropped(image, p), (Bytes{10, 100, 200}));
  p.order = ChannelOrder::rgb;
  EXPECT_EQ(cropped(image, p), (Bytes{200, 100, 10}));
  p.order = ChannelOrder::gray;
  const auto luma = std::uint8_t(0.299 * 200 + 0.587 * 100 + 0.114 * 10 + 0.5);  // ITU-R BT.601
  EXPECT_EQ(cropped(image, p, 1), (Bytes{luma}));
  EXPECT_EQ(cropped(image, p, 3), (Bytes{luma, luma, luma}));
}

TEST(Crop, GreyOfAGreyImageIsTheImage) {
  cv::Mat image(1, 256, CV_8UC3);
  Bytes want;
  for (int v = 0; v < 256; ++v) {
    image.at<cv::Vec3b>(0, v) = {std::uint8_t(v), std::uint8_t(v), std::uint8_t(v)};
    want.push_back(std::uint8_t(v));
  }
  Preprocessing p = plain({1, 256});
  p.order = ChannelOrder::gray;
  EXPECT_EQ(cropped(image, p, 1), want);
}

TEST(Resize, ShortSideKeepsTheAspect) {
  Preprocessing p;
  p.resize.short_side = 256;
  EXPECT_EQ(resized_size({500, 375}, p), (Size{341, 256}));
  EXPECT_EQ(resized_size({375, 500}, p), (Size{256, 341}));
  EXPECT_EQ(resized_size({100, 100}, p), (Size{256, 256}));
  p.resize.short_side = 0;
  EXPECT_EQ(resized_size({500, 375}, p), (Size{500, 375}));
  p.resize.warp = {30, 40};
  EXPECT_EQ(resized_size({500, 375}, p), (Size{30, 40}));
}

/// Mean over fy x fx pixels, one value per output pixel.
Bytes block_means(const cv::Mat& image, int fy, int fx) {
  Bytes means;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y + fy <= image.rows; y += fy)
      for (int x = 0; x + fx <= image.cols; x += fx) {
        double sum = 0;
        for (int i = 0; i < fy * fx; ++i) sum += image.at<cv::Vec3b>(y + i / fx, x + i % fx)[c];
        means.push_back(std::uint8_t(sum / (fy * fx) + 0.5));
      }
  return means;
}

TEST(Resize, ShrinkingIsTheMeanOfTheCoveredArea) {
  const cv::Mat image = random_image(24, 36, CV_8UC3);
  int cases = 0;
  for (const auto& [fy, fx] : {std::pair{2, 2}, {3, 3}, {4, 3}, {6, 12}, {1, 3}, {2, 1}}) {
    Preprocessing p = plain({24 / fy, 36 / fx});
    p.resize.warp = p.crop;
    EXPECT_LE(worst_difference(cropped(image, p), block_means(image, fy, fx)), 1)
        << fy << " " << fx;  // 1: halves may round to even
    ++cases;
  }
  EXPECT_EQ(cases, 6);
}

TEST(Resize, GrowingInterpolatesBetweenPixelCentres) {
  cv::Mat ramp(4, 10, CV_8UC3);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 10; ++x) ramp.at<cv::Vec3b>(y, x) = cv::Vec3b::all(std::uint8_t(20 * x));
  Preprocessing p = plain({8, 20});
  p.resize.warp = p.crop;
  const Bytes grown = cropped(ramp, p);
  for (int x = 0; x < 20; ++x) {
    const double source = std::clamp((x + 0.5) / 2 - 0.5, 0.0, 9.0);
    EXPECT_NEAR(grown[std::size_t(5 * 20 + x)], 20 * source, 0.51) << x;
  }
}

TEST(Resize, EachAxisIsShrunkByAreaOrGrownByInterpolation) {
  cv::Mat image(12, 4, CV_8UC3);
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 4; ++x)
      image.at<cv::Vec3b>(y, x) = cv::Vec3b::all(std::uint8_t((y % 3 == 0 ? 90 : 0) + 40 * x));
  Preprocessing p = plain({4, 8});
  p.resize.warp = p.crop;
  const Bytes warped = cropped(image, p);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 8; ++x) {
      const double source = std::clamp((x + 0.5) / 2 - 0.5, 0.0, 3.0);
      EXPECT_NEAR(warped[std::size_t(y * 8 + x)], 30 + 40 * source, 1.01) << y << " " << x;
    }
}

TEST(Resize, WarpFillsTheCropWhereShortSideCutsIt) {
  cv::Mat image(10, 30, CV_8UC3, cv::Scalar::all(0));
  image.colRange(0, 10).setTo(cv::Scalar::all(255));
  Preprocessing warp = plain({10, 10}), side = plain({10, 10});
  warp.resize.warp = {10, 10};
  side.resize.short_side = 10;
  const Bytes warped = cropped(image, warp), cut = cropped(image, side);
  EXPECT_EQ(warped[0], 255);  // the left third of the image is the left third of the crop
  EXPECT_EQ(warped[2], 255);
  EXPECT_EQ(warped[4], 0);
  EXPECT_EQ(cut, Bytes(300, 0));  // the middle third of the image
}

TEST(Crop, ChannelsThatDoNotFitAreRefused) {
  Preprocessing p = plain({4, 4});
  EXPECT_THROW(require_usable(p, 1), ConfigError);
  EXPECT_THROW(require_usable(p, 2), ConfigError);
  EXPECT_THROW(require_usable(p, 4), ConfigError);
  EXPECT_NO_THROW(require_usable(p, 3));
  p.order = ChannelOrder::gray;
  EXPECT_NO_THROW(require_usable(p, 1));
  p.crop = {0, 4};
  EXPECT_THROW(require_usable(p, 1), ConfigError);
}

TEST(Crop, ImagesAndPlanesAreInverse) {
  const cv::Mat image = random_image(5, 3, CV_8UC3);
  EXPECT_EQ(to_planes(image).pixels, planes_of(image));
  EXPECT_EQ(planes_of(to_image(to_planes(image), ChannelOrder::bgr)), planes_of(image));
}

}  // namespace
}  // namespace rfmap
