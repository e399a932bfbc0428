#pragma once

#include "rfmap/geometry.h"

namespace rfmap::graph {

/// Extent of a shape along axis 0 (channels), 1 (rows) or 2 (columns).
inline int extent(const Shape& shape, int axis) {
  return axis == 0 ? shape.c : axis == 1 ? shape.h : shape.w;
}
inline int& extent(Shape& shape, int axis) {
  return axis == 0 ? shape.c : axis == 1 ? shape.h : shape.w;
}

}  // namespace rfmap::graph
