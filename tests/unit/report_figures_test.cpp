#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <opencv2/imgcodecs.hpp>

#include "report/colours.h"
#include "report/drawing.h"
#include "report/figures/field.h"

namespace rfmap {
using namespace report;
namespace {

// Ends of matplotlib's viridis, blue, green, red.
const Colour kLowest{84, 1, 68}, kHighest{37, 231, 253};

ColouredMap flat(int side, float value) {
  return {{side, side},
          std::vector<float>(std::size_t(side) * std::size_t(side), value),
          std::max(0.0, double(value))};
}

/// Left half 0, right half `value`.
ColouredMap halves(int side, float value) {
  ColouredMap map = flat(side, value);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side / 2; ++x) map.values[std::size_t(y * side + x)] = 0;
  return map;
}

cv::Mat painted_tile(const ColouredMap& map) {
  Raster raster = painted(map, {144, 144});
  return cv::Mat(144, 144, CV_8UC3, raster.bgr.data()).clone();
}

TEST(Painted, ZeroAndPeakTakeTheEndsOfTheColours) {
  for (const float peak : {1e-3f, 7.0f, 2e4f}) {
    const cv::Mat tile = painted_tile(halves(24, peak));
    EXPECT_EQ(tile.at<Colour>(72, 30), kLowest) << peak;
    EXPECT_EQ(tile.at<Colour>(72, 110), kHighest) << peak;
  }
}

TEST(Painted, NegativeValuesAreDrawnAsZeroOrWithSigns) {
  ColouredMap map = flat(12, -3);
  EXPECT_EQ(painted_tile(map).at<Colour>(70, 70), kLowest);
  map.peak = 3;
  map.colours = Colours::diverging;
  EXPECT_EQ(painted_tile(map).at<Colour>(70, 70), diverging()[0]);
}

TEST(Painted, WhatWasNotMeasuredIsHatchedToThePixel) {
  ColouredMap map = flat(12, 1);
  for (int y = 0; y < 12; ++y) map.values[std::size_t(y * 12)] = NAN;
  const cv::Mat tile = painted_tile(map);
  for (int y = 0; y < 144; ++y)
    for (int x = 0; x < 144; ++x)
      ASSERT_EQ(tile.at<Colour>(y, x), x < 12 ? hatching(y, x) : kHighest) << y << " " << x;
  EXPECT_EQ(painted_tile(flat(12, NAN)).at<Colour>(0, 0), hatching(0, 0));
}

TEST(Painted, ValuesAreInterpolatedBetweenPixelCentres) {
  const cv::Mat tile = painted_tile({{2, 2}, {0, 1, 0, 1}, 1});  // centres of the columns: 36, 108
  for (int x = 36; x < 108; ++x)
    ASSERT_EQ(tile.at<Colour>(72, x), at(viridis(), (x + 0.5 - 36) / 72)) << x;
  EXPECT_EQ(tile.at<Colour>(72, 0), kLowest);
  EXPECT_EQ(tile.at<Colour>(72, 143), kHighest);
}

TEST(FieldTile, TheTheoreticalBoxIsOutlinedAboutTheCentre) {
  Field theory;
  theory.y.pieces[0].size = 12;
  theory.x.pieces[0].size = 8;
  const Mark mark = figures::theory_mark(theory, flat(24, 1));
  using testing::ElementsAre;
  EXPECT_THAT(mark.points, ElementsAre(ElementsAre(8, 6), ElementsAre(16, 6), ElementsAre(16, 18),
                                       ElementsAre(8, 18)));
}

TEST(FieldTile, TheCutIsOutlinedWhereTheCountedFieldCrossesIt) {
  std::vector<float> counted(144, 0), drawn(144, 5);
  for (int y = 3; y < 9; ++y)
    for (int x = 3; x < 9; ++x) counted[std::size_t(y * 12 + x)] = 1;
  AggregateRules rules;
  rules.size_cut = 0.5;  // half way between pixel centres, on the edge of the square: 3 and 9
  const auto figure = figures::field_figure({counted, 1}, drawn, {12, 12}, rules);
  EXPECT_EQ(figure.map.values, drawn);
  EXPECT_EQ(figure.map.peak, 1);
  const TilePicture tile = figures::field_tile(figure, {});
  ASSERT_EQ(tile.marks.size(), 2u);  // and the box
  for (const auto& [x, y] : tile.marks[0].points)
    EXPECT_NEAR(std::max(std::fabs(x - 6), std::fabs(y - 6)), 3, 0.2) << x << " " << y;
}

class Sheet : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "rfmap_report_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  cv::Mat page_of(const TileSheet& sheet) const {
    const std::string path = (folder / "a.png").string();
    write_tiles(path, sheet);
    return cv::imread(path, cv::IMREAD_COLOR);
  }
  std::filesystem::path folder;
};

/// Two layers; one field of the second is not measured.
TileSheet two_layers(int columns) {
  TileSheet sheet;
  sheet.groups = {{"conv1", "theoretical 9 x 9 px", {}, true},
                  {"conv2", "theoretical 50 x 50 px", {}, true}};
  sheet.groups[0].tiles.assign(6, {"unit 0", "5 px", halves(24, 3)});
  sheet.groups[1].tiles.assign(2, {"unit 0", "none", flat(72, NAN)});
  sheet.columns = columns;
  sheet.side = 144;
  return sheet;
}

TEST_F(Sheet, RowsAndColumnsFollowTheFields) {
  constexpr int gap = 16, title = 34, row = 144 + 32, between = 14;
  const cv::Mat page = page_of(two_layers(5));
  EXPECT_EQ(page.cols, 5 * 144 + 4 * gap + 2 * kMargin);
  EXPECT_EQ(page.rows, 2 * kMargin + 2 * (title + between) + 3 * row);
  const auto expect_halves = [&](int x, int y) {
    EXPECT_EQ(page.at<Colour>(y + 70, x + 20), kLowest);
    EXPECT_EQ(page.at<Colour>(y + 70, x + 130), kHighest);
    EXPECT_EQ(page.at<Colour>(y - 1, x + 20), kPaper);
  };
  expect_halves(kMargin, kMargin + title);
  expect_halves(kMargin + 4 * (144 + gap), kMargin + title);
  expect_halves(kMargin, kMargin + title + row);
  const int second = kMargin + title + 2 * row + between + title;
  EXPECT_EQ(page.at<Colour>(second, kMargin), hatching(0, 0));
  EXPECT_EQ(page.at<Colour>(second + 9, kMargin + 144 + gap), hatching(9, 0));
  EXPECT_EQ(page_of(two_layers(100)).cols, 6 * 144 + 5 * gap + 2 * kMargin);
}

TEST_F(Sheet, TheScaleBarIsARoundLengthOfTheInput) {
  const cv::Mat page = page_of(two_layers(5));
  const auto longest_line = [&](int title_top) {  // grey pixels of the bar, above the base line
    int most = 0, run = 0;
    for (int x = page.cols / 2; x < page.cols; ++x) {
      run = page.at<Colour>(title_top + 34 - 12 - 4, x) == kFaint ? run + 1 : 0;
      most = std::max(most, run);
    }
    return most;
  };
  EXPECT_EQ(longest_line(kMargin), 5 * 6);  // 6 px of the page a pixel
  EXPECT_EQ(longest_line(kMargin + 34 + 2 * (144 + 32) + 14), 20 * 2);
}

TEST_F(Sheet, MarginsStayClearWhateverTheWidth) {
  for (const int columns : {1, 4, 9}) {
    TileSheet sheet = two_layers(columns);
    for (TileGroup& group : sheet.groups) {
      group.title = std::string(300, 'm');
      for (TilePicture& tile : group.tiles) {
        tile.label = std::string(90, 'm');
        tile.marks = {box_mark({-500, -500, 500, 500}, {1, 2, 3})};
      }
    }
    const cv::Mat page = page_of(sheet);
    for (int y = 0; y < page.rows; ++y)
      for (int x = 0; x < page.cols; ++x) {
        if (std::min(x, page.cols - 1 - x) > kMargin - 4 &&
            std::min(y, page.rows - 1 - y) > kMargin - 4)
          continue;
        ASSERT_EQ(page.at<Colour>(y, x), kPaper) << columns << " columns: " << y << " " << x;
      }
  }
}

TEST(Text, LongNamesAreShortenedToTheirPlace) {
  const std::string name = "inception_5b/output/with/a/very/long/name";
  const std::string shorter = fitted(name, kLabelFace, 120);
  EXPECT_THAT(shorter, testing::AllOf(testing::StartsWith("incep"), testing::EndsWith("...")));
  EXPECT_LE(text_width(shorter, kLabelFace), 120);
  EXPECT_EQ(fitted("conv1", kLabelFace, 120), "conv1");
}

TEST(Text, InkLiesWithinItsMeasuredWidth) {
  cv::Mat page(40, 200, CV_8UC3, cv::Scalar(kPaper));
  draw_text(page, "unit 12", {20, 25}, kLabelFace, kInk);
  const int width = text_width("unit 12", kLabelFace);
  int inked = 0;
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 200; ++x) {
      if (page.at<Colour>(y, x) == kPaper) continue;
      ++inked;
      ASSERT_TRUE(x >= 18 && x <= 20 + width + 1 && y >= 25 - 11 && y <= 25 + 4) << x << " " << y;
    }
  EXPECT_GT(inked, 100);
}

}  // namespace
}  // namespace rfmap
