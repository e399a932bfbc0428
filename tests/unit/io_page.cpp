#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "rfmap/preprocess.h"

namespace rfmap {
namespace {

std::string numbers(const std::vector<double>& values) {
  std::ostringstream text;
  for (std::size_t i = 0; i < values.size(); ++i) text << (i ? ", " : "") << values[i];
  return text.str();
}

std::string resize_text(const Preprocessing& p) {
  if (p.resize.warp == Size{}) return std::to_string(p.resize.short_side);
  return std::to_string(p.resize.warp.h) + "x" + std::to_string(p.resize.warp.w);
}

TEST(ImagesPage, ListsThePresetsAsTheyAre) {
  const char* source = std::getenv("RFMAP_SOURCE");
  ASSERT_NE(source, nullptr) << "run by ctest";
  std::ifstream in(std::string(source) + "/docs/images.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  for (const Preset& preset : presets()) {
    const Preprocessing& p = preset.values;
    const char* orders[] = {"bgr", "rgb", "gray"};
    std::ostringstream row;
    row << "| `" << preset.name << "` | " << resize_text(p) << " | " << orders[int(p.order)]
        << " | " << numbers(p.mean) << " | " << numbers(p.std) << " | " << p.scale << " |\n";
    EXPECT_THAT(page, testing::HasSubstr(row.str()));
  }
  EXPECT_GE(presets().size(), 2u);
}

}  // namespace
}  // namespace rfmap
