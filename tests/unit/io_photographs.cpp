#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "rfmap/images.h"

#include "io_samples.h"
#include "npz.h"

namespace rfmap {
namespace {

/// The folder of the public networks and photographs (docs/images.md).
std::filesystem::path shared_data() {
  if (const char* given = std::getenv("RFMAP_DATA")) return given;
  const char* source = std::getenv("RFMAP_SOURCE");
  return std::filesystem::path(source ? source : ".") / "../shared/data";
}

// The reference crops were decoded by another program's JPEG library.
TEST(Photographs, CropsAgreeWithTheReference) {
  const std::filesystem::path root = shared_data();
  const std::string reference = (root / "reference/alexnet_q7_pool5.npz").string();
  if (!std::filesystem::exists(reference)) GTEST_SKIP() << "no " << reference;
  const NpyArray crops = read_npz(reference, "crop_rgb");  // [image, y, x, channel]
  const auto want = crops.values<std::uint8_t>();
  const auto files = read_npz(reference, "files").strings();
  ASSERT_EQ(crops.shape, (std::vector<std::size_t>{5, 227, 227, 3}));
  ASSERT_EQ(files.size(), 5u);
  Preprocessing p = plain({227, 227});
  p.order = ChannelOrder::rgb;
  constexpr std::size_t area = 227 * 227;
  for (std::size_t n = 0; n < files.size(); ++n) {
    const auto path = root / "images/imagenet-sample" / files[n];
    const LoadedImage loaded = load_image({path.string()}, p, 3);
    ASSERT_EQ(loaded.problem, "");
    int worst = 0;
    double sum = 0;
    for (std::size_t i = 0; i < 3 * area; ++i) {
      const int w = want[n * 3 * area + i % area * 3 + i / area];
      const int difference = std::abs(loaded.crop.pixels[i] - w);
      worst = std::max(worst, difference);
      sum += difference;
    }
    RecordProperty(files[n], std::to_string(worst) + " worst, " + std::to_string(sum / (3 * area)));
    EXPECT_LE(worst, 3) << files[n];
    EXPECT_LE(sum / (3 * area), 0.1) << files[n];
  }
}

TEST(Photographs, EveryPhotographOfTheSetIsRead) {
  const std::filesystem::path folder = shared_data() / "images";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const auto images = list_images({folder.string()});
  EXPECT_EQ(images.size(), 1000u);
  std::vector<int> every_eighth;
  for (int i = 0; i < int(images.size()); i += 8) every_eighth.push_back(i);
  ImageReader reader(images, every_eighth, plain({224, 224}), 3, 2);
  while (const auto loaded = reader.next()) EXPECT_EQ(loaded->problem, "");
}

}  // namespace
}  // namespace rfmap
