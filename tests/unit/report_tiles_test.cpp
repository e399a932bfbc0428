#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <opencv2/imgcodecs.hpp>

#include "rfmap/error.h"

#include "report/colours.h"
#include "report/drawing.h"
#include "report/tiles.h"

namespace rfmap {
using namespace report;
namespace {

class Tiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "rfmap_tiles_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string path(const char* name) const { return (folder / name).string(); }
  std::filesystem::path folder;
};

/// Four pixels: blue, green / red, white.
Raster four() { return {{2, 2}, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}}; }

TileSheet one_tile(bool sharp) {
  TileSheet sheet;
  sheet.groups.push_back({"", "", {{"unit 0", "", four(), {}}}});
  sheet.side = 100;
  sheet.pixels = sharp ? Pixels::squares : Pixels::interpolated;
  return sheet;
}

TEST_F(Tiles, SharpPixelsAreEnlargedAsSquares) {
  write_tiles(path("a.png"), one_tile(true));
  const cv::Mat page = cv::imread(path("a.png"));
  const Colour wanted[2][2] = {{{255, 0, 0}, {0, 255, 0}}, {{0, 0, 255}, {255, 255, 255}}};
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 100; ++x)
      ASSERT_EQ(page.at<Colour>(kMargin + y, kMargin + x), wanted[y / 50][x / 50]) << y << " " << x;
  EXPECT_EQ(page.at<Colour>(kMargin - 1, kMargin), kPaper);
}

TEST_F(Tiles, MarksAreDrawnInTheTilesPixelsAndStayInIt) {
  TileSheet sheet = one_tile(true);
  sheet.groups[0].tiles[0].marks.push_back(box_mark({0, 1, 1, 9}, {1, 2, 3}));
  write_tiles(path("a.png"), sheet);
  const cv::Mat page = cv::imread(path("a.png"));
  // Green and white before; smoothing leaves a tenth of it.
  EXPECT_LT(page.at<Colour>(kMargin + 25, kMargin + 50)[1], 40);  // left side at x = 1
  EXPECT_LT(page.at<Colour>(kMargin + 50, kMargin + 75)[1], 40);  // lower side at y = 1
  EXPECT_EQ(page.at<Colour>(kMargin + 25, kMargin + 47), Colour(255, 0, 0));
  EXPECT_EQ(page.at<Colour>(kMargin + 50, kMargin + 101), kPaper);
}

TEST_F(Tiles, AnSvgHoldsLinesAndLettersAsSuch) {
  TileSheet sheet = one_tile(true);
  sheet.groups[0].title = "a<b";
  sheet.groups[0].tiles[0].marks.push_back(box_mark({0, 0, 1, 1}, {0, 0, 255}));
  sheet.caption = {"what is measured"};
  write_tiles(path("a.svg"), sheet);
  std::ifstream file(path("a.svg"));
  const std::string svg{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(svg, testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, testing::HasSubstr("a&lt;b</text>"));
  EXPECT_THAT(svg, testing::HasSubstr("points=\"0.00,0.00 50.00,0.00 50.00,50.00 0.00,50.00 \""));
  EXPECT_THAT(svg, testing::HasSubstr("stroke=\"#ff0000\""));
  EXPECT_THAT(svg, testing::HasSubstr("image-rendering:pixelated"));
  EXPECT_THAT(svg, testing::HasSubstr("what is measured</text>"));
}

TEST_F(Tiles, WhatCannotBeDrawnIsSaid) {
  EXPECT_THROW(write_tiles(path("a.gif"), one_tile(true)), ConfigError);
  EXPECT_THROW(write_tiles(path("a.png"), {}), DataError);
  EXPECT_THROW(write_tiles(path("no/a.png"), one_tile(true)), ConfigError);
}

Colour pixel(const Raster& r, int i) {
  const auto at = r.bgr.begin() + 3 * i;
  return {at[0], at[1], at[2]};
}

TEST(Rasters, ColoursRunFromLowToHigh) {
  const std::vector<float> values{0, 2, NAN, 1};
  const Raster raster = painted({{2, 2}, values, 2}, {2, 2});
  EXPECT_EQ(pixel(raster, 0), viridis()[0]);
  EXPECT_EQ(pixel(raster, 1), viridis()[255]);
  EXPECT_EQ(pixel(raster, 2), hatching(1, 0));
  EXPECT_EQ(pixel(painted({{2, 2}, values, 2, Colours::diverging}, {2, 2}), 0),
            at(diverging(), 0.5));
}

TEST(Rasters, OnlyTheOutsideIsDarkened) {
  const std::vector<std::uint8_t> mask{1, 0, 1, 0};
  const Raster raster = darkened(four(), mask);
  EXPECT_EQ(pixel(raster, 0), Colour(255, 0, 0));
  EXPECT_EQ(pixel(raster, 1), Colour(0, 51, 0));
  EXPECT_EQ(pixel(raster, 3), Colour(51, 51, 51));
}

TEST(Rasters, CropsBeyondTheBorderAreHatched) {
  const Raster raster = cropped(four(), {-1, 1, 2, 3});
  EXPECT_EQ(raster.size, (Size{3, 2}));
  EXPECT_EQ(pixel(raster, 0), hatching(0, 0));
  EXPECT_EQ(pixel(raster, 2), Colour(0, 255, 0));
  EXPECT_EQ(pixel(raster, 3), hatching(1, 1));
  EXPECT_EQ(pixel(raster, 4), Colour(255, 255, 255));
}

TEST(Rasters, WhereNothingChangesThePhotographIsGrey) {
  const std::vector<float> values{0, 3, -3, NAN};
  const Raster raster = overlaid(four(), values, 3);
  const Colour none = pixel(raster, 0), falls = pixel(raster, 1), rises = pixel(raster, 2);
  EXPECT_EQ(none[0], none[2]);
  EXPECT_GT(falls[2], falls[0] + 60);
  EXPECT_GT(rises[0], rises[2] + 60);
}

TEST(Rasters, NetworkOrderBecomesColours) {
  const Crop rgb{{3, 1, 1}, {200, 100, 50}}, grey{{1, 1, 1}, {9}};
  EXPECT_EQ(pixel(raster_of(rgb, ChannelOrder::rgb), 0), Colour(50, 100, 200));
  EXPECT_EQ(pixel(raster_of(rgb, ChannelOrder::bgr), 0), Colour(200, 100, 50));
  EXPECT_EQ(pixel(raster_of(grey, ChannelOrder::gray), 0), Colour(9, 9, 9));
}

}  // namespace
}  // namespace rfmap
