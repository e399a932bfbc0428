#include <cmath>

#include <gmock/gmock.h>
#include <opencv2/imgcodecs.hpp>

#include "report/colours.h"
#include "report/indexed_png.h"
#include "report/outline.h"

namespace rfmap {
using namespace report;
namespace {

/// OKLab lightness of a colour: the inverse formula.
double lightness(const Colour& c) {
  const auto linear = [](double v) {
    v /= 255;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  const double r = linear(c[2]), g = linear(c[1]), b = linear(c[0]);
  return 0.2104542553 * std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) +
         0.7936177850 * std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) -
         0.0040720468 * std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
}

TEST(Diverging, BothSidesFallAlikeInEvenSteps) {
  for (int i = 0; i < 128; ++i) {
    const double t = (127.5 - i) / 127.5, wanted = 0.97 - 0.52 * t;
    EXPECT_NEAR(lightness(diverging()[std::size_t(i)]), wanted, 0.006) << i;
    EXPECT_NEAR(lightness(diverging()[std::size_t(255 - i)]), wanted, 0.006) << i;
  }
}

TEST(Diverging, BlueBelowOrangeAboveNeutralAtZero) {
  const Colour low = diverging()[0], high = diverging()[255], middle = at(diverging(), 0.5);
  EXPECT_GT(low[0], low[2] + 80);
  EXPECT_GT(high[2], high[0] + 80);
  EXPECT_LE(std::abs(int(middle[0]) - int(middle[2])), 3);
}

TEST(IndexedPng, OpenCvReadsTheColoursAndNoValueIsTransparent) {
  const std::vector<float> values{0, 1, 2, NAN, 5, -1};
  Opacities opacities;
  opacities.fill(255);
  opacities[0] = 0;
  const cv::Mat indices = indices_of(values, {3, 2}, 0, 2);
  const auto png = indexed_png(indices, indexed(viridis()), opacities);
  const cv::Mat read = cv::imdecode(png, cv::IMREAD_UNCHANGED);
  ASSERT_EQ(read.size(), cv::Size(3, 2));
  ASSERT_EQ(read.channels(), 4);
  const auto pixel = [&](int y, int x) { return read.at<cv::Vec4b>(y, x); };
  const auto is = [](const cv::Vec4b& p, const Colour& c) {
    return p[0] == c[0] && p[1] == c[1] && p[2] == c[2] && p[3] == 255;
  };
  EXPECT_TRUE(is(pixel(0, 0), viridis()[0]));
  EXPECT_TRUE(is(pixel(0, 1), at(viridis(), 127 / 254.0)));
  EXPECT_TRUE(is(pixel(0, 2), viridis()[255]));
  EXPECT_EQ(pixel(1, 0)[3], 0);
  EXPECT_TRUE(is(pixel(1, 1), viridis()[255]));  // above and below the range: its ends
  EXPECT_TRUE(is(pixel(1, 2), viridis()[0]));
}

double area(const Ring& ring) {
  double sum = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const auto &a = ring[i], &b = ring[(i + 1) % ring.size()];
    sum += a.x * b.y - b.x * a.y;
  }
  return std::fabs(sum) / 2;
}

/// 1 inside the square of rows and columns first..last, 0 outside.
std::vector<float> square(int side, int first, int last) {
  std::vector<float> map(std::size_t(side * side), 0);
  for (int y = first; y <= last; ++y)
    for (int x = first; x <= last; ++x) map[std::size_t(y * side + x)] = 1;
  return map;
}

TEST(Outline, OfASquareHasItsPlaceAndArea) {
  const auto rings = outline(square(21, 5, 14), {21, 21}, 0.5);  // 10 x 10 px about (-0.5, -0.5)
  ASSERT_EQ(rings.size(), 1u);
  EXPECT_NEAR(area(rings[0]), 100, 6);
  cv::Point2d centre;
  for (const auto& p : rings[0]) centre += p * (1.0 / double(rings[0].size()));
  EXPECT_NEAR(centre.x, -0.5, 0.3);
  EXPECT_NEAR(centre.y, -0.5, 0.3);
}

TEST(Outline, HolesHaveRingsOfTheirOwnAndTheBorderClosesThem) {
  std::vector<float> map(400, 1);
  for (int y = 8; y < 12; ++y)
    for (int x = 8; x < 12; ++x) map[std::size_t(y * 20 + x)] = NAN;
  const auto rings = outline(map, {20, 20}, 0.5);
  ASSERT_EQ(rings.size(), 2u);
  EXPECT_NEAR(std::max(area(rings[0]), area(rings[1])), 400, 45);
  EXPECT_NEAR(std::min(area(rings[0]), area(rings[1])), 16, 8);
  EXPECT_TRUE(outline(std::vector<float>(400, 0), {20, 20}, 0.5).empty());
}

TEST(Outline, PathsAreClosed) {
  const Ring triangle{{0, 0}, {1, 0}, {0, 2}};
  EXPECT_EQ(path_data({triangle}), "M0.00 0.00L1.00 0.00L0.00 2.00Z");
}

}  // namespace
}  // namespace rfmap
