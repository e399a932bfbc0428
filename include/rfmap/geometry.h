#pragma once

#include <cstddef>

#ifdef __CUDACC__
#define RFMAP_HD __host__ __device__
#else
#define RFMAP_HD
#endif

namespace rfmap {

/// An index that names nothing.
inline constexpr int kNone = -1;

/// Height and width, in cells of a map or pixels of an image.
struct Size {
  int h = 0, w = 0;
  bool operator==(const Size&) const = default;
};

/// A position (row, column), counted from 0.
struct Point {
  int y = 0, x = 0;
  bool operator==(const Point&) const = default;
};

/// Half-open rectangle: rows y0..y1-1, columns x0..x1-1.
struct Rect {
  int y0 = 0, x0 = 0, y1 = 0, x1 = 0;
  bool operator==(const Rect&) const = default;
  bool empty() const { return y1 <= y0 || x1 <= x0; }
};

/// Added rows and columns around a map.
struct Margins {
  int top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Margins&) const = default;
};

/// Order of the axes of a network's input in its file: N x C x H x W or N x H x W x C.
enum class InputLayout { automatic, channels_first, channels_last };

/// One sample of a tensor: channels, rows, columns. Vectors have h = w = 1.
struct Shape {
  int c = 0, h = 0, w = 0;
  bool operator==(const Shape&) const = default;
  std::size_t volume() const { return std::size_t(c) * std::size_t(h) * std::size_t(w); }
  std::size_t area() const { return std::size_t(h) * std::size_t(w); }
};

inline Rect intersect(const Rect& a, const Rect& b) {
  return {a.y0 > b.y0 ? a.y0 : b.y0, a.x0 > b.x0 ? a.x0 : b.x0, a.y1 < b.y1 ? a.y1 : b.y1,
          a.x1 < b.x1 ? a.x1 : b.x1};
}

}  // namespace rfmap
