#include "report/outline.h"

#include <algorithm>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

namespace rfmap::report {
namespace {

/// The map with a margin of one pixel below every level, NaN below it too.
cv::Mat padded(std::span<const float> map, cv::Size size, double level) {
  const double below = std::min(0.0, 2 * level);
  cv::Mat values = cv::Mat_<float>(size.height, size.width, const_cast<float*>(map.data())).clone();
  cv::patchNaNs(values, below);
  cv::copyMakeBorder(values, values, 1, 1, 1, 1, cv::BORDER_CONSTANT, below);
  return values;
}

}  // namespace

std::vector<Ring> outline(std::span<const float> map, cv::Size size, double level) {
  const cv::Mat values = padded(map, size, level);
  const int scale = std::clamp(1200 / std::max(values.rows, values.cols), 2, 16);
  cv::Mat fine;
  cv::resize(values, fine, {}, scale, scale, cv::INTER_LINEAR);
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(fine >= level, contours, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  std::vector<Ring> rings;
  for (const auto& contour : contours) {
    std::vector<cv::Point> line;
    cv::approxPolyDP(contour, line, 0.7, true);
    if (line.size() < 3) continue;
    Ring& ring = rings.emplace_back();
    for (const cv::Point& p : line)
      ring.emplace_back((p.x + 0.5) / scale - values.cols / 2.0,
                        (p.y + 0.5) / scale - values.rows / 2.0);
  }
  return rings;
}

std::string path_data(const std::vector<Ring>& rings) {
  std::string d;
  for (const Ring& ring : rings) {
    char command = 'M';
    for (const cv::Point2d& p : ring) {
      d += fmt::format("{}{:.2f} {:.2f}", command, p.x, p.y);
      command = 'L';
    }
    d += 'Z';
  }
  return d;
}

}  // namespace rfmap::report
