#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "rfmap/error.h"
#include "rfmap/gradient_file.h"
#include "rfmap/images.h"

#include "report/text.h"
#include "report/tile.h"

namespace rfmap {
namespace {

constexpr int kEdge = 16, kBetween = 12, kLines = 38, kLeastTile = 160;
const Colour kOutline{61, 112, 255};

/// Blue below 0, white at 0, red above; share -1..1.
Colour diverging_colour(double share) {
  const double s = std::clamp(share, -1.0, 1.0), away = std::fabs(s);
  const auto mixed = [&](double end) {
    return std::uint8_t(std::lround(255 + away * (end - 255)));
  };
  return s < 0 ? Colour(mixed(172), mixed(102), mixed(33))
               : Colour(mixed(43), mixed(24), mixed(178));
}

double peak_of(const GradientPicture& picture) {
  double peak = 0;
  for (float v : picture.values) peak = std::max(peak, double(std::fabs(v)));
  return peak;
}

/// Whole pixels, `magnification` px each.
cv::Mat tile_of(const GradientPicture& picture, int magnification) {
  const double peak = peak_of(picture);
  cv::Mat map(picture.shape.h, picture.shape.w, CV_8UC3), tile;
  for (int y = 0; y < map.rows; ++y)
    for (int x = 0; x < map.cols; ++x) {
      const double value = picture.values[std::size_t(y) * picture.shape.w + x];
      const double share = peak > 0 ? value / peak : 0;
      map.at<Colour>(y, x) = picture.diverging ? diverging_colour(share) : field_colour(share);
    }
  cv::resize(map, tile, {}, magnification, magnification, cv::INTER_NEAREST);
  const Rect& b = picture.box;
  if (!b.empty())
    cv::rectangle(tile, {b.x0 * magnification, b.y0 * magnification},
                  {b.x1 * magnification - 1, b.y1 * magnification - 1}, cv::Scalar(kOutline), 1);
  return tile;
}

Crop planes_of(const cv::Mat& page) {
  Crop crop{{3, page.rows, page.cols}, {}};
  crop.pixels.reserve(crop.shape.volume());
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < page.rows; ++y)
      for (int x = 0; x < page.cols; ++x) crop.pixels.push_back(page.at<Colour>(y, x)[c]);
  return crop;
}

}  // namespace

void write_gradients_png(const std::string& path, const std::vector<GradientPicture>& pictures,
                         int columns) {
  if (pictures.empty()) throw DataError(path + " is not written: there is no gradient to draw");
  const Size shape = pictures.front().shape;
  const int magnification = std::max(1, kLeastTile / std::max(shape.h, shape.w));
  columns = std::clamp(columns, 1, int(pictures.size()));
  const int rows = (int(pictures.size()) + columns - 1) / columns;
  const int width = std::max(shape.w * magnification, kLeastTile);
  const int height = shape.h * magnification + kLines;
  cv::Mat page(2 * kEdge + rows * (height + kBetween) - kBetween,
               2 * kEdge + columns * (width + kBetween) - kBetween, CV_8UC3, cv::Scalar(kPaper));
  for (int i = 0; i < int(pictures.size()); ++i) {
    const cv::Point at(kEdge + i % columns * (width + kBetween),
                       kEdge + i / columns * (height + kBetween));
    const cv::Mat tile = tile_of(pictures[i], magnification);
    tile.copyTo(page(cv::Rect(at, tile.size())));
    cv::rectangle(page, cv::Rect(at, tile.size()), cv::Scalar(kFaint), 1);
    const int base = at.y + tile.rows;
    draw_text(page, fitted(pictures[i].title, kLabelFace, width), {at.x, base + 16}, kLabelFace,
              kInk);
    draw_text(page, fitted(pictures[i].label, kLabelFace, width), {at.x, base + 32}, kLabelFace,
              kFaint);
  }
  write_png(path, planes_of(page), ChannelOrder::bgr);
}

}  // namespace rfmap
