#include "report/tiles.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/text.h"
#include "report/colours.h"
#include "report/drawing.h"
#include "report/size_plot.h"

namespace rfmap::report {
namespace {

constexpr int kGap = 16, kTitle = 34, kLabel = 32, kGroupGap = 14;
constexpr int kLine = 20, kBarHeight = 12, kBarWidth = 220;

/// Places of a group's tiles on the page, and the words that fit below each.
struct Placed {
  double magnification = 1;
  cv::Size tile;  ///< of the largest
  int top = 0, columns = 1;
};

Size size_of(const TilePicture& tile) {
  return std::visit([](const auto& picture) { return picture.size; }, tile.picture);
}

cv::Size drawn(const TilePicture& tile, double magnification) {
  const Size size = size_of(tile);
  return {std::max(1, int(std::lround(size.w * magnification))),
          std::max(1, int(std::lround(size.h * magnification)))};
}

Placed place(const TileGroup& group, const TileSheet& sheet, int top) {
  Placed placed;
  placed.top = top;
  int largest = 1;
  for (const TilePicture& t : group.tiles)
    largest = std::max({largest, size_of(t).h, size_of(t).w});
  placed.magnification = double(sheet.side) / largest;
  if (sheet.pixels == Pixels::squares && placed.magnification >= 1)
    placed.magnification = std::floor(placed.magnification);
  for (const TilePicture& t : group.tiles) {
    const cv::Size size = drawn(t, placed.magnification);
    placed.tile.width = std::max({placed.tile.width, size.width, 64});
    placed.tile.height = std::max(placed.tile.height, size.height);
  }
  placed.columns = std::clamp(sheet.columns, 1, std::max(1, int(group.tiles.size())));
  return placed;
}

bool has_words(const TileGroup& group) {
  return std::ranges::any_of(
      group.tiles, [](const TilePicture& t) { return !t.label.empty() || !t.note.empty(); });
}

int row_height(const TileGroup& group, const Placed& placed) {
  return placed.tile.height + (has_words(group) ? kLabel : 10);
}

int title_height(const TileGroup& group) { return group.title.empty() ? 0 : kTitle; }

int group_height(const TileGroup& group, const Placed& placed) {
  const int rows = (int(group.tiles.size()) + placed.columns - 1) / placed.columns;
  return title_height(group) + rows * row_height(group, placed) + kGroupGap;
}

int width_of(const Placed& placed) { return placed.columns * (placed.tile.width + kGap) - kGap; }

void draw_marks(Drawing& page, const TilePicture& tile, const cv::Rect& at, double magnification) {
  for (const Mark& mark : tile.marks) {
    std::vector<cv::Point2d> points;
    for (const auto& [x, y] : mark.points)
      points.emplace_back(at.x + x * magnification, at.y + y * magnification);
    page.line(points, at, Colour(mark.colour.data()), mark.stroke);
  }
}

void draw_tile(Drawing& page, const TilePicture& tile, cv::Point corner, const Placed& placed,
               Pixels pixels) {
  const cv::Size size = drawn(tile, placed.magnification);
  const cv::Point inset((placed.tile.width - size.width) / 2,
                        (placed.tile.height - size.height) / 2);
  const cv::Rect at(corner + inset, size);
  const auto* map = std::get_if<ColouredMap>(&tile.picture);
  const Size drawn_size{size.height, size.width};
  Raster raster = map ? painted(*map, pixels == Pixels::squares ? map->size : drawn_size)
                      : std::get<Raster>(tile.picture);
  page.picture({raster.size.h, raster.size.w, CV_8UC3, raster.bgr.data()}, at, pixels);
  draw_marks(page, tile, at, placed.magnification);
  const int base = corner.y + placed.tile.height + 15, width = placed.tile.width;
  const int note = tile.note.empty() ? 0 : text_width(tile.note, kLabelFace);
  if (note > 0) page.text(tile.note, {corner.x + width - note, base}, kLabelFace, kFaint);
  if (!tile.label.empty())
    page.text(fitted(tile.label, kLabelFace, width - note - 6), {corner.x, base}, kLabelFace, kInk);
}

/// A round length of the network's input with its ends marked; returns its left end.
int draw_scale(Drawing& page, double magnification, int side, int right, int base) {
  const double length = round_step(0.15 * side / magnification);
  const int drawn_length = int(std::lround(length * magnification));
  const std::string text = fmt::format("{:.4g} px", length);
  const int text_left = right - text_width(text, kLabelFace), left = text_left - 8 - drawn_length;
  page.text(text, {text_left, base}, kLabelFace, kFaint);
  page.filled({left, base - 4, drawn_length, 2}, kFaint);
  for (const int end : {left, left + drawn_length - 1}) page.filled({end, base - 7, 1, 8}, kFaint);
  return left;
}

void draw_title(Drawing& page, const TileGroup& group, const Placed& placed, int side, int right) {
  const int base = placed.top + kTitle - 12, note = text_width(group.note, kLabelFace);
  if (group.scale) right = draw_scale(page, placed.magnification, side, right, base) - kGap;
  const std::string title = fitted(group.title, kTitleFace, right - kMargin - note - kGap);
  page.text(title, {kMargin, base}, kTitleFace, kInk);
  if (!group.note.empty())
    page.text(group.note, {kMargin + text_width(title, kTitleFace) + kGap, base}, kLabelFace,
              kFaint);
}

void draw_group(Drawing& page, const TileGroup& group, const Placed& placed, Pixels pixels) {
  for (std::size_t i = 0; i < group.tiles.size(); ++i) {
    const int column = int(i) % placed.columns, row = int(i) / placed.columns;
    draw_tile(page, group.tiles[i],
              {kMargin + column * (placed.tile.width + kGap),
               placed.top + title_height(group) + row * row_height(group, placed)},
              placed, pixels);
  }
}

int bar_left(const ColourBar& bar) { return kMargin + text_width(bar.low, kLabelFace) + 8; }

void draw_bar(Drawing& page, const ColourBar& bar, int top) {
  const cv::Mat colours = cv::Mat(palette(bar.colours)).t();
  const int left = bar_left(bar);
  const int base = top + kBarHeight - 2;
  page.text(bar.low, {kMargin, base}, kLabelFace, kFaint);
  page.picture(colours, {left, top, kBarWidth, kBarHeight}, Pixels::interpolated);
  page.text(bar.high, {left + kBarWidth + 8, base}, kLabelFace, kFaint);
  if (!bar.middle.empty())
    page.text(bar.middle,
              {left + (kBarWidth - text_width(bar.middle, kLabelFace)) / 2, base + kLine},
              kLabelFace, kFaint);
}

/// What stands below the tiles.
struct Foot {
  std::vector<std::string> lines;
  int bar = 0, height = 0;
};

Foot make_foot(const TileSheet& sheet, int width) {
  Foot foot;
  for (const std::string& text : sheet.caption)
    for (std::string& line : core::wrapped(
             text, [&](const std::string& l) { return text_width(l, kLabelFace) <= width; }))
      foot.lines.push_back(std::move(line));
  if (sheet.bar) foot.bar = kBarHeight + 14 + (sheet.bar->middle.empty() ? 0 : kLine);
  foot.height = foot.bar + kLine * int(foot.lines.size());
  return foot;
}

int least_width(const TileSheet& sheet) {
  int width = 560;
  for (const TileGroup& group : sheet.groups)
    width = std::max(width, text_width(group.title, kTitleFace) + kGap +
                                text_width(group.note, kLabelFace) + (group.scale ? 160 : 0));
  if (sheet.bar)
    width = std::max(width, bar_left(*sheet.bar) - kMargin + kBarWidth + 8 +
                                text_width(sheet.bar->high, kLabelFace));
  return std::min(width, 1400);
}

}  // namespace

ColourBar map_bar(Colours colours, const std::string& unit) {
  if (colours == Colours::diverging)
    return {"- largest", "0", "+ largest of each map" + unit, colours};
  return {"0", "", "peak of each map" + unit, colours};
}

void write_tiles(const std::string& path, const TileSheet& sheet) {
  std::vector<Placed> groups;
  int top = kMargin, width = least_width(sheet);
  for (const TileGroup& group : sheet.groups) {
    groups.push_back(place(group, sheet, top));
    top += group_height(group, groups.back());
    width = std::max(width, width_of(groups.back()));
  }
  if (std::ranges::all_of(sheet.groups, [](const TileGroup& g) { return g.tiles.empty(); }))
    throw DataError(path + " is not written: there is nothing to draw");
  const Foot foot = make_foot(sheet, width);
  const auto page = make_drawing(path, {width + 2 * kMargin, top + foot.height + kMargin});
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const TileGroup& group = sheet.groups[i];
    if (!group.title.empty()) draw_title(*page, group, groups[i], sheet.side, kMargin + width);
    draw_group(*page, group, groups[i], sheet.pixels);
  }
  if (sheet.bar) draw_bar(*page, *sheet.bar, top);
  int base = top + foot.bar + 12;
  for (const std::string& line : foot.lines) {
    page->text(line, {kMargin, base}, kLabelFace, kInk);
    base += kLine;
  }
  page->save(path);
}

}  // namespace rfmap::report
