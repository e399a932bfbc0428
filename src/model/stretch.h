#pragma once

#include "rfmap/graph.h"

/// Taps of resized, bordered and spread axes (Resample). All along one axis; all throw Refusal for
/// a side of more than 2^20 cells.
namespace rfmap::importing {

enum class Coordinates {
  half_pixel,
  symmetric,
  pytorch,
  align_corners,
  asymmetric,
  tf_half_pixel,
  crop,
};
/// `simple`: rounded towards 0 where the map grows, up where it shrinks (before opset 11).
enum class Interpolation { simple, floor, ceil, round_down, round_up, linear, cubic };

/// n cells become m, as ONNX defines Resize.
struct Resizing {
  int n = 1, m = 1;
  float factor = 1;  ///< m / n unless the file gives another
  Coordinates coordinates = Coordinates::half_pixel;
  Interpolation interpolation = Interpolation::round_down;
  bool antialias = false;        ///< linear, cubic: when it shrinks, the window grows by 1 / factor
  bool exclude_outside = false;  ///< cells beyond the map get no weight, else the border's value
  float cubic_a = -0.75f;
  float crop_begin = 0, crop_end = 1;  ///< crop: the part of the axis that is resized, 0 to 1
};
/// Coordinates and weights are in single precision as in ONNX Runtime, because rounding decides
/// which cell is nearest. Positions that a crop places beyond the map have no taps.
AxisTaps resized(const Resizing& resizing);

enum class Border { reflect, edge, wrap };
/// An axis of n with copies of its own values before and behind it; negative numbers cut first.
/// Throws Refusal if nothing remains, or if a reflection is wider than the axis.
AxisTaps bordered(int n, int front, int behind, Border border);

/// An axis of n with stride - 1 zeros between its values, of which the first `cut` positions are
/// left out; zeros fill it up to `positions`.
AxisTaps with_zeros(int n, int stride, int cut, int positions);

}  // namespace rfmap::importing
