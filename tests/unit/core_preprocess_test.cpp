#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/preprocess.h"

#include "near.h"

namespace rfmap {
namespace {

const Preprocessing& preset(const std::string& name) {
  const auto found = std::find_if(presets().begin(), presets().end(),
                                  [&](const Preset& p) { return p.name == name; });
  if (found == presets().end()) throw std::runtime_error("no preset " + name);
  return found->values;
}

std::vector<float> normalized(const Preprocessing& p, const std::vector<std::uint8_t>& pixels,
                              const Shape& shape) {
  std::vector<float> values(shape.volume());
  normalize(p, pixels, shape, values);
  return values;
}

TEST(Normalize, PresetsGiveTheValuesOfTheirNetworks) {
  const std::vector<std::uint8_t> pixels{0, 255, 0, 255, 0, 255};
  const Shape shape{3, 1, 2};
  EXPECT_TRUE(all_near(normalized(preset("caffe"), pixels, shape),
                       std::vector<float>{-104, 151, -117, 138, -123, 132}, 1e-5f, 0));
  EXPECT_TRUE(all_near(normalized(preset("torchvision"), pixels, shape),
                       std::vector<float>{-0.485f / 0.229f, 0.515f / 0.229f, -0.456f / 0.224f,
                                          0.544f / 0.224f, -0.406f / 0.225f, 0.594f / 0.225f},
                       1e-6f, 1e-6f));
  EXPECT_TRUE(all_near(normalized(preset("tensorflow"), pixels, shape),
                       std::vector<float>{-1, 1, -1, 1, -1, 1}, 0, 0));
  EXPECT_TRUE(all_near(normalized(preset("gray"), {51, 255}, {1, 1, 2}),
                       std::vector<float>{0.2f, 1}, 1e-7f, 0));
}

TEST(Normalize, ScalesBeforeItDivides) {
  Preprocessing p;
  p.mean = {10};
  p.std = {2, 4};
  p.scale = 0.5;
  EXPECT_TRUE(all_near(normalized(p, {20, 30}, {2, 1, 1}), std::vector<float>{2.5f, 2.5f}, 0, 0));
}

TEST(Normalize, RefusesMeansThatDoNotFitTheChannels) {
  EXPECT_THROW(normalized(preset("caffe"), {1}, {1, 1, 1}), ConfigError);
}

TEST(Presets, GeometryAndOrder) {
  EXPECT_EQ(preset("caffe").resize.warp, (Size{256, 256}));
  EXPECT_EQ(preset("caffe").order, ChannelOrder::bgr);
  EXPECT_EQ(preset("torchvision").resize.short_side, 256);
  EXPECT_EQ(preset("torchvision").order, ChannelOrder::rgb);
  for (const Preset& p : presets()) {
    EXPECT_FALSE(p.help.empty());
    EXPECT_EQ(p.values.crop, Size{}) << p.name;
  }
}

}  // namespace
}  // namespace rfmap
