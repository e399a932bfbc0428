#include <cmath>

#include <opencv2/imgcodecs.hpp>

#include "rfmap/error.h"

#include "io_samples.h"

namespace rfmap {
namespace {

/// One pixel of a Gaussian blur with the border replicated, from the definition, to 6 sigma.
double blurred_pixel(const Crop& crop, int c, int y, int x, double sigma) {
  const int reach = int(std::ceil(6 * sigma));
  double sum = 0, weights = 0;
  for (int dy = -reach; dy <= reach; ++dy)
    for (int dx = -reach; dx <= reach; ++dx) {
      const int v = std::clamp(y + dy, 0, crop.shape.h - 1);
      const int u = std::clamp(x + dx, 0, crop.shape.w - 1);
      const double weight = std::exp(-(dy * dy + dx * dx) / (2 * sigma * sigma));
      sum += weight * crop.pixels[(std::size_t(c) * crop.shape.h + v) * crop.shape.w + u];
      weights += weight;
    }
  return sum / weights;
}

TEST(GaussianBlur, AgreesWithItsDefinition) {
  const Crop crop{{3, 20, 31}, planes_of(random_image(20, 31, CV_8UC3))};
  for (const double sigma : {1.0, 3.5, 11.0}) {
    const Crop blurred = gaussian_blur(crop, sigma);
    ASSERT_EQ(blurred.shape, crop.shape);
    std::size_t i = 0;
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 20; ++y)
        for (int x = 0; x < 31; ++x, ++i)
          ASSERT_NEAR(blurred.pixels[i], blurred_pixel(crop, c, y, x, sigma), 0.6)
              << sigma << " at " << c << " " << y << " " << x;
  }
}

class Png : public IoTest {};

TEST_F(Png, ColoursAreRestored) {
  const std::string path = (folder / "a.png").string();
  const Crop crop{{3, 2, 1}, {10, 11, 20, 21, 30, 31}};
  for (const ChannelOrder order : {ChannelOrder::rgb, ChannelOrder::bgr}) {
    write_png(path, crop, order);
    const cv::Mat image = cv::imread(path, cv::IMREAD_UNCHANGED);
    ASSERT_EQ(image.type(), CV_8UC3);
    const bool rgb = order == ChannelOrder::rgb;
    EXPECT_EQ(image.at<cv::Vec3b>(0, 0), rgb ? cv::Vec3b(30, 20, 10) : cv::Vec3b(10, 20, 30));
    EXPECT_EQ(image.at<cv::Vec3b>(1, 0), rgb ? cv::Vec3b(31, 21, 11) : cv::Vec3b(11, 21, 31));
  }
}

TEST_F(Png, OneChannelIsGrey) {
  const std::string path = (folder / "a.png").string();
  write_png(path, {{1, 1, 3}, {1, 2, 3}}, ChannelOrder::gray);
  const cv::Mat image = cv::imread(path, cv::IMREAD_UNCHANGED);
  ASSERT_EQ(image.type(), CV_8UC1);
  EXPECT_EQ(planes_of(image), (Bytes{1, 2, 3}));
}

TEST_F(Png, AMissingFolderIsWrongUseAndAFullDiskAFault) {
  const Crop crop{{1, 200, 200}, planes_of(random_image(200, 200, CV_8UC1))};
  EXPECT_THROW(write_png((folder / "no/a.png").string(), crop, ChannelOrder::gray), ConfigError);
  const std::string full = (folder / "a.png").string();
  std::filesystem::create_symlink("/dev/full", full + ".part");
  EXPECT_THROW(write_png(full, crop, ChannelOrder::gray), EngineError);
  EXPECT_FALSE(std::filesystem::exists(full));
}

}  // namespace
}  // namespace rfmap
