#include "report/tile.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "report/colours.h"

namespace rfmap {
namespace {

float value_at(const FieldPicture& field, int y, int x) {
  if (y < 0 || x < 0 || y >= field.shape.h || x >= field.shape.w) return NAN;
  return field.mean[std::size_t(y) * std::size_t(field.shape.w) + std::size_t(x)];
}

/// Bilinear between pixel centres, over the neighbours that were measured; NaN in a pixel that was
/// not, so that its edges stay where they are.
double interpolated(const FieldPicture& field, double y, double x) {
  if (std::isnan(value_at(field, int(std::lround(y)), int(std::lround(x))))) return NAN;
  const int y0 = int(std::floor(y)), x0 = int(std::floor(x));
  double sum = 0, weights = 0;
  for (int i = 0; i < 4; ++i) {
    const double value = value_at(field, y0 + i / 2, x0 + i % 2);
    const double weight = (i / 2 ? y - y0 : 1 - y + y0) * (i % 2 ? x - x0 : 1 - x + x0);
    if (std::isnan(value)) continue;
    sum += weight * value;
    weights += weight;
  }
  return sum / weights;
}

/// Values at the tile's pixels; NaN where not measured and beyond the map.
cv::Mat magnified(const FieldPicture& field, int side, double magnification) {
  cv::Mat values(side, side, CV_64F);
  for (int i = 0; i < side; ++i)
    for (int j = 0; j < side; ++j)
      values.at<double>(i, j) =
          interpolated(field, (i + 0.5 - side / 2.0) / magnification + (field.shape.h - 1) / 2.0,
                       (j + 0.5 - side / 2.0) / magnification + (field.shape.w - 1) / 2.0);
  return values;
}

double peak_of(const FieldPicture& field) {
  double peak = 0;
  for (const float value : field.mean)
    if (value > peak) peak = value;
  return peak;
}

void outline_cut(cv::Mat& tile, const cv::Mat& values, double level) {
  cv::Mat above = values >= level;
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(above, contours, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  cv::drawContours(tile, contours, -1, cv::Scalar(kCutColour), 1, cv::LINE_8);
}

void outline_box(cv::Mat& tile, double height, double width) {
  const int dy = int(std::lround(height / 2)), dx = int(std::lround(width / 2));
  const cv::Point centre(tile.cols / 2, tile.rows / 2);
  cv::rectangle(tile, centre - cv::Point(dx, dy), centre + cv::Point(dx - 1, dy - 1),
                cv::Scalar(kBoxColour), 1, cv::LINE_8);
}

}  // namespace

Colour field_colour(double share) { return at(viridis(), share); }

Colour hatching(int y, int x) {
  return (y + x) % 8 < 2 ? Colour{200, 200, 200} : Colour{232, 232, 232};
}

cv::Mat field_tile(const FieldPicture& field, int side, double magnification) {
  const cv::Mat values = magnified(field, side, magnification);
  const double peak = peak_of(field);
  cv::Mat tile(side, side, CV_8UC3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double value = values.at<double>(y, x);
      tile.at<Colour>(y, x) =
          std::isnan(value) ? hatching(y, x) : field_colour(peak > 0 ? value / peak : 0);
    }
  if (field.theoretical_h > 0 && field.theoretical_w > 0)
    outline_box(tile, field.theoretical_h * magnification, field.theoretical_w * magnification);
  if (field.cut > 0 && peak > 0) outline_cut(tile, values, field.cut * peak);
  return tile;
}

}  // namespace rfmap
