#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "report/text.h"
#include "report/tiles.h"

namespace rfmap::report {

constexpr int kMargin = 28;  // of a page, px

/// A page to draw on, px from its upper left corner.
class Drawing {
 public:
  virtual ~Drawing() = default;
  /// BGR picture stretched over `place`.
  virtual void picture(const cv::Mat& picture, const cv::Rect& place, Pixels pixels) = 0;
  /// Closed line, clipped to `clip`; thicker on large pictures.
  virtual void line(const std::vector<cv::Point2d>& points, const cv::Rect& clip, Colour colour,
                    Stroke stroke) = 0;
  virtual void filled(const cv::Rect& place, Colour colour) = 0;
  virtual void text(const std::string& text, cv::Point at, Face face, Colour colour) = 0;
  /// Writes the file. Throws ConfigError, EngineError.
  virtual void save(const std::string& path) = 0;
};

/// By the ending of `path`: .png or .svg. Throws ConfigError for another.
std::unique_ptr<Drawing> make_drawing(const std::string& path, cv::Size size);

}  // namespace rfmap::report
