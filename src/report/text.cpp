#include "report/text.h"

#include <cmath>

#include <opencv2/imgproc.hpp>

namespace rfmap::report {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapital = 21;  // units of the Hershey font
constexpr int kSupersampling = 4;

double font_scale(Face face) { return face.height / kCapital; }

}  // namespace

int text_width(const std::string& text, Face face) {
  int base = 0;
  return int(std::ceil(cv::getTextSize(text, kFont, font_scale(face) * 16, 1, &base).width / 16.0));
}

std::string fitted(const std::string& text, Face face, int width) {
  if (text_width(text, face) <= width) return text;
  std::string shorter = text;
  while (!shorter.empty() && text_width(shorter + "...", face) > width) shorter.pop_back();
  return shorter + "...";
}

void draw_text(cv::Mat& page, const std::string& text, cv::Point at, Face face, Colour colour) {
  const int above = int(face.height * 1.5), below = int(face.height * 0.75), side = 2;
  const cv::Rect place(at.x - side, at.y - above, text_width(text, face) + 2 * side, above + below);
  const cv::Rect seen = place & cv::Rect({}, page.size());
  if (seen.empty()) return;
  cv::Mat large(place.size() * kSupersampling, CV_8U, cv::Scalar(0)), cover;
  cv::putText(large, text, cv::Point(side, above) * kSupersampling, kFont,
              font_scale(face) * kSupersampling, cv::Scalar(255),
              int(std::lround(face.stroke * kSupersampling)), cv::LINE_AA);
  cv::resize(large, cover, place.size(), 0, 0, cv::INTER_AREA);
  for (int y = seen.y; y < seen.y + seen.height; ++y)
    for (int x = seen.x; x < seen.x + seen.width; ++x) {
      const double share = cover.at<std::uint8_t>(y - place.y, x - place.x) / 255.0;
      Colour& pixel = page.at<Colour>(y, x);
      for (int c = 0; c < 3; ++c)
        pixel[c] = cv::saturate_cast<std::uint8_t>(pixel[c] + share * (colour[c] - pixel[c]));
    }
}

}  // namespace rfmap::report
