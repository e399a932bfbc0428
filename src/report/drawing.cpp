#include "report/drawing.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "rfmap/error.h"

#include "io/files.h"
#include "report/html.h"

namespace rfmap::report {
using namespace io;
namespace {

/// Averages where it shrinks; where it grows, squares or bilinear.
cv::Mat stretched(const cv::Mat& picture, cv::Size size, Pixels pixels) {
  const bool shrinks = size.width < picture.cols || size.height < picture.rows;
  const auto grown = pixels == Pixels::squares ? cv::INTER_NEAREST : cv::INTER_LINEAR;
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, shrinks ? cv::INTER_AREA : grown);
  return result;
}

/// Pieces of a closed line: all of it, or dashes of `on` px with gaps of `off`.
std::vector<std::pair<cv::Point2d, cv::Point2d>> dashes(const std::vector<cv::Point2d>& points,
                                                        double on, double off) {
  std::vector<std::pair<cv::Point2d, cv::Point2d>> pieces;
  double phase = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point2d from = points[i], to = points[(i + 1) % points.size()], step = to - from;
    const double length = std::hypot(step.x, step.y);
    for (double at = 0; at < length;) {
      const double in_period = std::fmod(phase + at, on + off);
      const double rest = (in_period < on ? on : on + off) - in_period;
      const double end = std::min(length, at + std::max(rest, 1e-3));
      if (in_period < on)
        pieces.emplace_back(from + step * (at / length), from + step * (end / length));
      at = end;
    }
    phase += length;
  }
  return pieces;
}

int thickness(const cv::Rect& clip) { return std::max(clip.width, clip.height) > 400 ? 2 : 1; }

class PngDrawing : public Drawing {
 public:
  explicit PngDrawing(cv::Size size) : page_(size, CV_8UC3, cv::Scalar(kPaper)) {}

  void picture(const cv::Mat& picture, const cv::Rect& place, Pixels pixels) override {
    stretched(picture, place.size(), pixels).copyTo(page_(place));
  }

  void line(const std::vector<cv::Point2d>& points, const cv::Rect& clip, Colour colour,
            Stroke stroke) override {
    constexpr int shift = 4;
    cv::Mat part = page_(clip);
    // A line on a pixel's edge takes the pixel after it, so that boxes are crisp; the last ones
    // stay inside.
    const auto fine = [&](cv::Point2d p) {
      return cv::Point(int(std::lround(std::min(p.x - clip.x, clip.width - 1.0) * (1 << shift))),
                       int(std::lround(std::min(p.y - clip.y, clip.height - 1.0) * (1 << shift))));
    };
    const auto pieces = stroke == Stroke::dashed ? dashes(points, 6, 4) : dashes(points, 1e9, 0);
    for (const auto& [from, to] : pieces)
      cv::line(part, fine(from), fine(to), cv::Scalar(colour), thickness(clip), cv::LINE_AA, shift);
  }

  void filled(const cv::Rect& place, Colour colour) override {
    page_(place).setTo(cv::Scalar(colour));
  }

  void text(const std::string& text, cv::Point at, Face face, Colour colour) override {
    draw_text(page_, text, at, face, colour);
  }

  void save(const std::string& path) override {
    Bytes encoded;
    cv::imencode(".png", page_, encoded);
    write_file(path, encoded);
  }

 private:
  cv::Mat page_;
};

std::string base64(const Bytes& bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < left ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += k <= left ? digits[word >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string hex(Colour c) { return fmt::format("#{:02x}{:02x}{:02x}", c[2], c[1], c[0]); }

class SvgDrawing : public Drawing {
 public:
  explicit SvgDrawing(cv::Size size) : size_(size) {}

  void picture(const cv::Mat& picture, const cv::Rect& place, Pixels pixels) override {
    Bytes encoded;
    cv::imencode(".png", picture, encoded);
    body_ += fmt::format(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{} "
        "href=\"data:image/png;base64,{}\"/>\n",
        place.x, place.y, place.width, place.height,
        pixels == Pixels::squares ? " style=\"image-rendering:pixelated\"" : "", base64(encoded));
  }

  void line(const std::vector<cv::Point2d>& points, const cv::Rect& clip, Colour colour,
            Stroke stroke) override {
    std::string list;
    for (const cv::Point2d& p : points)
      list += fmt::format("{:.2f},{:.2f} ", p.x - clip.x, p.y - clip.y);
    body_ += fmt::format(
        "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><polygon points=\"{}\" fill=\"none\" "
        "stroke=\"{}\" stroke-width=\"{}\"{}/></svg>\n",
        clip.x, clip.y, clip.width, clip.height, list, hex(colour), thickness(clip),
        stroke == Stroke::dashed ? " stroke-dasharray=\"6 4\"" : "");
  }

  void filled(const cv::Rect& place, Colour colour) override {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                         place.x, place.y, place.width, place.height, hex(colour));
  }

  void text(const std::string& text, cv::Point at, Face face, Colour colour) override {
    body_ +=
        fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{:.1f}\"{} fill=\"{}\">{}</text>\n", at.x,
                    at.y, face.height * 1.35, face.stroke > 1.3 ? " font-weight=\"600\"" : "",
                    hex(colour), escaped(text));
  }

  void save(const std::string& path) override {
    const std::string file = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
        "{1}\" font-family=\"Helvetica, Arial, sans-serif\">\n<rect width=\"{0}\" height=\"{1}\" "
        "fill=\"{2}\"/>\n{3}</svg>\n",
        size_.width, size_.height, hex(kPaper), body_);
    write_file(path, {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  }

 private:
  cv::Size size_;
  std::string body_;
};

}  // namespace

std::unique_ptr<Drawing> make_drawing(const std::string& path, cv::Size size) {
  const std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".png") return std::make_unique<PngDrawing>(size);
  if (ending == ".svg") return std::make_unique<SvgDrawing>(size);
  throw ConfigError("--out " + path + ": a picture ends in .png or .svg");
}

}  // namespace rfmap::report
