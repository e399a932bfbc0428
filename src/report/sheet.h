#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include "rfmap/picture.h"

namespace rfmap {

/// Measures of the sheet, px.
constexpr int kTile = 144, kGap = 16, kMargin = 28, kTitle = 34, kLabel = 32, kGroupGap = 14,
              kLegend = 40, kLeastWidth = 704;

/// Neighbouring fields of one layer: [first, first + count), at one magnification.
struct Group {
  std::size_t first = 0, count = 0;
  int top = 0;  ///< of its title
  double magnification = 1;
};

/// Where everything stands.
struct Layout {
  int columns = 1;
  cv::Size page;
  std::vector<Group> groups;
  int legend_top = 0;

  /// Upper left corner of the tile of field `i` of a group.
  cv::Point tile(const Group& group, std::size_t i) const {
    const int column = int(i) % columns, row = int(i) / columns;
    return {kMargin + column * (kTile + kGap), group.top + kTitle + row * (kTile + kLabel)};
  }
};

Layout lay_out(const std::vector<FieldPicture>& fields, int columns);
cv::Mat draw_sheet(const std::vector<FieldPicture>& fields, const Layout& layout);

}  // namespace rfmap
