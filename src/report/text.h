#pragma once

#include <string>

#include <opencv2/core.hpp>

namespace rfmap::report {

using Colour = cv::Vec3b;  // blue, green, red

inline const Colour kInk{34, 34, 34}, kFaint{112, 112, 112}, kPaper{255, 255, 255};

/// How letters look: height of a capital, px, and thickness of the strokes, px.
struct Face {
  double height = 10, stroke = 1.1;
};
constexpr Face kLabelFace{9, 1.1}, kTitleFace{12, 1.6};

int text_width(const std::string& text, Face face);
/// The text, or as much of it as fits into `width` px followed by "...".
std::string fitted(const std::string& text, Face face, int width);
/// Draws with the left end of the base line at `at`; ASCII, smoothed by supersampling.
void draw_text(cv::Mat& page, const std::string& text, cv::Point at, Face face, Colour colour);

}  // namespace rfmap::report
