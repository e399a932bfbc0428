#include "core/map_stack.h"

#include <algorithm>
#include <map>

#include "core/hull.h"

namespace rfmap::core {
namespace {

int padded(int count, int whole) { return (count + whole - 1) / whole * whole; }

/// Groups lines (rows or columns) by the images that reach them: a class a line, and which images
/// reach each class.
template <class Reaches>
void classify(int lines, int images, const Reaches& reaches, std::vector<int>& line_class,
              std::vector<float>& reaching) {
  std::map<std::vector<float>, int> known;
  for (int line = 0; line < lines; ++line) {
    std::vector<float> pattern;
    for (int k = 0; k < images; ++k) pattern.push_back(reaches(k, line) ? 1.f : 0.f);
    const auto [entry, is_new] = known.try_emplace(pattern, int(known.size()));
    line_class.push_back(entry->second);
    if (is_new) reaching.insert(reaching.end(), pattern.begin(), pattern.end());
  }
}

/// With Border::zero all images reach everything but the padding.
void classify_lines(MapStack& s, const std::vector<Recentred>& maps, const Rect& hull,
                    Border border) {
  const auto row_reached = [&](int k, int row) {
    return border == Border::zero || maps[k].rows[hull.y0 + row];
  };
  const auto column_reached = [&](int k, int x) {
    return hull.x0 + x < hull.x1 && (border == Border::zero || maps[k].columns[hull.x0 + x]);
  };
  std::vector<int> column_class;
  classify(s.rows, s.images, row_reached, s.row_class, s.reaching);
  classify(s.width, s.images, column_reached, column_class, s.reached);
  for (int x = 0; x < s.width; ++x) {
    if (s.runs.empty() || s.runs.back().column_class != column_class[x])
      s.runs.push_back({x, x, column_class[x]});
    s.runs.back().end = x + 1;
  }
}

void mark_countable(MapStack& s, std::span<const std::uint8_t> counted, const Rect& hull,
                    int canvas_width) {
  s.countable.resize(std::size_t(s.classes()) * s.column_classes());
  for (int row = 0; row < s.rows; ++row)
    for (const MapStack::Run& run : s.runs)
      if (const int x = hull.x0 + run.begin; x < hull.x1)
        s.countable[std::size_t(s.row_class[row]) * s.column_classes() + run.column_class] =
            counted[std::size_t(hull.y0 + row) * canvas_width + x] ? 1.f : 0.f;
}

void copy_values(MapStack& s, const std::vector<Recentred>& maps, const Rect& hull,
                 int canvas_width) {
  s.values.assign(std::size_t(s.rows) * s.images * s.width, 0);
  float* to = s.values.data();
  for (int row = 0; row < s.rows; ++row)
    for (int k = 0; k < s.images; ++k, to += s.width) {
      const float* from = &maps[k].values[std::size_t(hull.y0 + row) * canvas_width + hull.x0];
      std::copy(from, from + (hull.x1 - hull.x0), to);
    }
}

void find_tile_peaks(MapStack& s) {
  s.tile_width = padded(s.tile_columns(), MapStack::kPadding);
  s.tile_peaks.assign(std::size_t(s.tile_rows()) * s.images * s.tile_width, 0);
  for (int row = 0; row < s.rows; ++row)
    for (int k = 0; k < s.images; ++k) {
      const float* from = s.row(row) + std::size_t(k) * s.width;
      float* to =
          &s.tile_peaks[(std::size_t(row / MapStack::kTileRows) * s.images + k) * s.tile_width];
      for (int x = 0; x < s.width; x += MapStack::kTileColumns, ++to)
        *to = std::max(*to, *std::max_element(from + x, from + x + MapStack::kTileColumns));
    }
}

}  // namespace

MapStack make_stack(const std::vector<Recentred>& maps, std::span<const std::uint8_t> counted,
                    const Canvas& canvas, Border border) {
  const Rect hull =
      hull_of({canvas.height, canvas.width}, [&](std::size_t i) { return counted[i]; });
  MapStack s;
  s.images = int(maps.size());
  s.rows = hull.y1 - hull.y0;
  s.width = padded(hull.x1 - hull.x0, MapStack::kTileColumns);
  copy_values(s, maps, hull, canvas.width);
  classify_lines(s, maps, hull, border);
  mark_countable(s, counted, hull, canvas.width);
  find_tile_peaks(s);
  return s;
}

}  // namespace rfmap::core
