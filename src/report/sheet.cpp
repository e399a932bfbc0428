#include "report/sheet.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "report/text.h"
#include "report/tile.h"

namespace rfmap {
namespace {

int rows_of(const Group& group, int columns) { return (int(group.count) + columns - 1) / columns; }

std::vector<Group> grouped(const std::vector<FieldPicture>& fields) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i == 0 || fields[i].layer != fields[i - 1].layer) groups.push_back({i, 0, 0, kTile});
    Group& group = groups.back();
    ++group.count;
    const int side = std::max({1, fields[i].shape.h, fields[i].shape.w});
    group.magnification = std::min(group.magnification, double(kTile) / side);
  }
  return groups;
}

/// A round length, px of the network's input, that fills about a third of a tile.
int bar_length(double magnification) {
  int best = 1;
  for (int decade = 1; decade <= 1000; decade *= 10)
    for (const int step : {1, 2, 5})
      if (step * decade * magnification <= 0.4 * kTile) best = step * decade;
  return best;
}

/// A line of `length` px of the network's input with its ends marked; returns its left end.
int draw_bar(cv::Mat& page, const Group& group, int right, int base) {
  const int length = bar_length(group.magnification);
  const int drawn = int(std::lround(length * group.magnification));
  const std::string text = fmt::format("{} px", length);
  const int text_left = right - text_width(text, kLabelFace), left = text_left - 8 - drawn;
  draw_text(page, text, {text_left, base}, kLabelFace, kFaint);
  const cv::Scalar colour(kFaint);
  const int y = base - 4;
  cv::rectangle(page, {left, y, drawn, 2}, colour, cv::FILLED);
  cv::rectangle(page, {left, y - 3, 1, 8}, colour, cv::FILLED);
  cv::rectangle(page, {left + drawn - 1, y - 3, 1, 8}, colour, cv::FILLED);
  return left;
}

void draw_title(cv::Mat& page, const Group& group, const FieldPicture& first) {
  const int base = group.top + kTitle - 12;
  const int end = draw_bar(page, group, page.cols - kMargin, base) - kGap;
  std::string note;
  if (first.theoretical_h > 0 && first.theoretical_w > 0)
    note = fmt::format("theoretical {:.4g} x {:.4g} px", first.theoretical_h, first.theoretical_w);
  const int for_name = end - kMargin - text_width(note, kLabelFace) - kGap;
  const std::string name = fitted(first.layer, kTitleFace, for_name);
  draw_text(page, name, {kMargin, base}, kTitleFace, kInk);
  const int after = kMargin + text_width(name, kTitleFace) + kGap;
  draw_text(page, note, {after, base}, kLabelFace, kFaint);
}

void draw_field(cv::Mat& page, const FieldPicture& field, cv::Point at, double magnification) {
  field_tile(field, kTile, magnification).copyTo(page(cv::Rect(at.x, at.y, kTile, kTile)));
  const int base = at.y + kTile + 15;
  const std::string size =
      std::isfinite(field.size) ? fmt::format("{:.1f} px", field.size) : "none";
  const int size_width = text_width(size, kLabelFace);
  draw_text(page, fitted(field.label, kLabelFace, kTile - size_width - 6), {at.x, base}, kLabelFace,
            kInk);
  draw_text(page, size, {at.x + kTile - size_width, base}, kLabelFace, kFaint);
}

/// Draws one entry's words and returns where the next entry begins.
int draw_words(cv::Mat& page, const std::string& words, int x, int base) {
  draw_text(page, words, {x, base}, kLabelFace, kFaint);
  return x + text_width(words, kLabelFace) + 22;
}

int draw_colour_bar(cv::Mat& page, int x, int top, int base) {
  constexpr int width = 120, height = 12;
  draw_text(page, "0", {x, base}, kLabelFace, kFaint);
  x += text_width("0", kLabelFace) + 6;
  for (int i = 0; i < width; ++i)
    page(cv::Rect(x + i, top, 1, height)).setTo(cv::Scalar(field_colour(i / (width - 1.0))));
  return draw_words(page, "peak of the field", x + width + 6, base);
}

void draw_legend(cv::Mat& page, int legend_top, double cut) {
  constexpr int side = 12;
  const int top = legend_top + kLegend - side, base = top + side - 1;
  int x = draw_colour_bar(page, kMargin, top, base);
  const auto swatch = [&](Colour edge) {
    const cv::Rect box(x, top, side, side);
    page(box).setTo(cv::Scalar(field_colour(0)));
    cv::rectangle(page, {x + 2, top + 2, side - 4, side - 4}, cv::Scalar(edge), 1);
  };
  swatch(kBoxColour);
  x = draw_words(page, "theoretical", x + side + 6, base);
  if (cut > 0) {
    swatch(kCutColour);
    x = draw_words(page, fmt::format("{:.3g} of peak", cut), x + side + 6, base);
  }
  for (int i = 0; i < side * side; ++i)
    page.at<Colour>(top + i / side, x + i % side) = hatching(i / side, i % side);
  draw_words(page, "not measured", x + side + 6, base);
}

}  // namespace

Layout lay_out(const std::vector<FieldPicture>& fields, int columns) {
  Layout layout;
  layout.groups = grouped(fields);
  std::size_t widest = 1;
  for (const Group& group : layout.groups) widest = std::max(widest, group.count);
  layout.columns = std::clamp(columns, 1, int(widest));
  const int width = layout.columns * (kTile + kGap) - kGap + 2 * kMargin;
  int top = kMargin - (kTitle - 12 - int(kTitleFace.height));  // the margin ends at the letters
  for (Group& group : layout.groups) {
    group.top = top;
    top += kTitle + rows_of(group, layout.columns) * (kTile + kLabel) + kGroupGap;
  }
  layout.legend_top = top - kGroupGap;
  layout.page = {std::max(width, kLeastWidth), layout.legend_top + kLegend + kMargin};
  return layout;
}

cv::Mat draw_sheet(const std::vector<FieldPicture>& fields, const Layout& layout) {
  cv::Mat page(layout.page, CV_8UC3, cv::Scalar(kPaper));
  for (const Group& group : layout.groups) {
    draw_title(page, group, fields[group.first]);
    for (std::size_t i = 0; i < group.count; ++i)
      draw_field(page, fields[group.first + i], layout.tile(group, i), group.magnification);
  }
  draw_legend(page, layout.legend_top, fields.front().cut);
  return page;
}

}  // namespace rfmap
