#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <opencv2/imgcodecs.hpp>

#include "rfmap/error.h"
#include "rfmap/picture.h"

#include "report/sheet.h"
#include "report/text.h"
#include "report/tile.h"

namespace rfmap {
namespace {

// Ends of matplotlib's viridis, blue, green, red.
const Colour kLowest{84, 1, 68}, kHighest{37, 231, 253};

FieldPicture flat(const std::string& layer, int side, float value) {
  FieldPicture field{layer, "unit 0", {side, side}, {}, 0, 0, 5, 0};
  field.mean.assign(std::size_t(side) * std::size_t(side), value);
  return field;
}

/// Left half 0, right half `value`.
FieldPicture halves(int side, float value) {
  FieldPicture field = flat("conv1", side, 0);
  for (int y = 0; y < side; ++y)
    for (int x = side / 2; x < side; ++x) field.mean[std::size_t(y * side + x)] = value;
  return field;
}

TEST(FieldTile, ZeroAndPeakTakeTheEndsOfTheColours) {
  for (const float peak : {1e-3f, 7.0f, 2e4f}) {
    const cv::Mat tile = field_tile(halves(24, peak), 144, 6);
    EXPECT_EQ(tile.at<Colour>(72, 30), kLowest) << peak;
    EXPECT_EQ(tile.at<Colour>(72, 110), kHighest) << peak;
  }
}

TEST(FieldTile, NegativeValuesAreDrawnAsZero) {
  EXPECT_EQ(field_tile(flat("a", 12, -3), 144, 12).at<Colour>(70, 70), kLowest);
}

TEST(FieldTile, WhatWasNotMeasuredIsHatchedToThePixel) {
  FieldPicture field = flat("a", 12, 1);
  for (int y = 0; y < 12; ++y) field.mean[std::size_t(y * 12)] = NAN;
  const cv::Mat tile = field_tile(field, 144, 12);
  for (int y = 0; y < 144; ++y)
    for (int x = 0; x < 144; ++x)
      ASSERT_EQ(tile.at<Colour>(y, x), x < 12 ? hatching(y, x) : kHighest) << y << " " << x;
  EXPECT_EQ(field_tile(flat("a", 12, NAN), 144, 12).at<Colour>(0, 0), hatching(0, 0));
}

TEST(FieldTile, ValuesAreInterpolatedBetweenPixelCentres) {
  FieldPicture field = flat("a", 2, 0);
  field.mean = {0, 1, 0, 1};
  const cv::Mat tile = field_tile(field, 144, 72);  // centres of the columns at 36 and 108
  for (int x = 36; x < 108; ++x)
    ASSERT_EQ(tile.at<Colour>(72, x), field_colour((x + 0.5 - 36) / 72)) << x;
  EXPECT_EQ(tile.at<Colour>(72, 0), kLowest);
  EXPECT_EQ(tile.at<Colour>(72, 143), kHighest);
}

TEST(FieldTile, TheTheoreticalBoxIsOutlinedAboutTheCentre) {
  FieldPicture field = flat("a", 24, 1);
  field.theoretical_h = 12;
  field.theoretical_w = 8;
  const cv::Mat tile = field_tile(field, 144, 6);
  const int top = 72 - 36, left = 72 - 24;
  int outlined = 0;
  for (int y = 0; y < 144; ++y)
    for (int x = 0; x < 144; ++x) {
      const bool inside = y >= top && y < 144 - top && x >= left && x < 144 - left;
      const bool within = y > top && y < 143 - top && x > left && x < 143 - left;
      ASSERT_EQ(tile.at<Colour>(y, x), inside && !within ? kBoxColour : kHighest) << y << " " << x;
      outlined += inside && !within;
    }
  EXPECT_EQ(outlined, 2 * (72 + 48) - 4);
}

TEST(FieldTile, TheCutIsOutlinedWhereTheFieldCrossesIt) {
  FieldPicture field = flat("a", 12, 0);
  for (int y = 3; y < 9; ++y)
    for (int x = 3; x < 9; ++x) field.mean[std::size_t(y * 12 + x)] = 1;
  field.cut = 0.5;  // half way between pixel centres, on the edge of the square: 36 and 108
  const cv::Mat tile = field_tile(field, 144, 12);
  for (int x = 0; x < 144; ++x) {
    const bool on_outline = x == 36 || x == 107;
    ASSERT_EQ(tile.at<Colour>(72, x) == kCutColour, on_outline) << x;
  }
}

TEST(Sheet, RowsColumnsAndMagnificationFollowTheFields) {
  std::vector<FieldPicture> fields;
  for (int i = 0; i < 6; ++i) fields.push_back(flat("conv1", 24, 1));
  for (int i = 0; i < 2; ++i) fields.push_back(flat("conv2", 72, 1));
  const Layout layout = lay_out(fields, 5);
  ASSERT_EQ(layout.groups.size(), 2u);
  EXPECT_EQ(layout.page.width, 5 * kTile + 4 * kGap + 2 * kMargin);
  EXPECT_DOUBLE_EQ(layout.groups[0].magnification, 6);
  EXPECT_DOUBLE_EQ(layout.groups[1].magnification, 2);
  EXPECT_EQ(layout.groups[1].top - layout.groups[0].top, kTitle + 2 * (kTile + kLabel) + kGroupGap);
  EXPECT_EQ(layout.tile(layout.groups[0], 5).x, kMargin);
  EXPECT_EQ(lay_out(fields, 100).columns, 6);
  EXPECT_EQ(lay_out(fields, 0).columns, 1);
}

class Picture : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "rfmap_report_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

TEST_F(Picture, IsWrittenAsLaidOut) {
  std::vector<FieldPicture> fields{halves(24, 3), halves(24, 5), flat("conv2", 72, NAN)};
  fields[2].size = NAN;
  const std::string path = (folder / "fields.png").string();
  write_fields_png(path, fields, 4);
  const cv::Mat page = cv::imread(path, cv::IMREAD_COLOR);
  const Layout layout = lay_out(fields, 4);
  ASSERT_EQ(page.size(), layout.page);
  for (std::size_t i = 0; i < 2; ++i) {
    const cv::Point at = layout.tile(layout.groups[0], i);
    EXPECT_EQ(page.at<Colour>(at.y + 70, at.x + 20), kLowest);
    EXPECT_EQ(page.at<Colour>(at.y + 70, at.x + 130), kHighest);
    EXPECT_EQ(page.at<Colour>(at.y - 1, at.x + 20), kPaper);
  }
  const cv::Point empty = layout.tile(layout.groups[1], 0);
  EXPECT_EQ(page.at<Colour>(empty.y, empty.x), hatching(0, 0));
}

TEST(Sheet, MarginsStayClearWhateverTheWidth) {
  for (const int columns : {1, 4, 9}) {
    std::vector<FieldPicture> fields(std::size_t(columns), halves(24, 3));
    for (FieldPicture& field : fields) {
      field.layer = std::string(300, 'm');
      field.label = std::string(90, 'm');
      field.theoretical_h = field.theoretical_w = 1000;
      field.cut = 0.25;
    }
    const cv::Mat page = draw_sheet(fields, lay_out(fields, columns));
    for (int y = 0; y < page.rows; ++y)
      for (int x = 0; x < page.cols; ++x) {
        if (std::min(x, page.cols - 1 - x) > kMargin - 4 &&
            std::min(y, page.rows - 1 - y) > kMargin - 4)
          continue;
        ASSERT_EQ(page.at<Colour>(y, x), kPaper) << columns << " columns: " << y << " " << x;
      }
  }
}

TEST_F(Picture, WhatCannotBeDrawnOrWrittenIsSaid) {
  const std::string path = (folder / "fields.png").string();
  EXPECT_THROW(write_fields_png(path, {}, 4), DataError);
  FieldPicture short_of_values = flat("a", 4, 1);
  short_of_values.mean.pop_back();
  EXPECT_THROW(write_fields_png(path, {short_of_values}, 4), DataError);
  EXPECT_THROW(write_fields_png((folder / "no/a.png").string(), {flat("a", 4, 1)}, 4), ConfigError);
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
