#pragma once

#include <cstdint>

#include "rfmap/graph.h"

#include "model/constant.h"

/// Positions that transposed convolutions and resizes read, for theory. All along one axis.
namespace rfmap::importing {

/// Output position u of a transposed convolution reads the inputs i with 0 <= u + pad - i * stride
/// < kernel.
AxisReads transposed_reads(int kernel, int stride, int pad);

/// The extent of its output for an input of n.
std::int64_t transposed_extent(std::int64_t n, int kernel, int stride, int pads, int more);

enum class Coordinates { half_pixel, symmetric, pytorch, align_corners, asymmetric, tf_half_pixel };
enum class Interpolation { floor, ceil, round_down, round_up, linear, cubic };

/// n cells become m; `factor` is m / n unless the file gives another.
struct Resizing {
  std::int64_t n = 1, m = 1;
  double factor = 1;
  Coordinates coordinates = Coordinates::half_pixel;
  Interpolation interpolation = Interpolation::round_down;
  bool antialias = false;  ///< when it shrinks, the window grows by 1 / factor
};
AxisReads resize_reads(const Resizing& resizing);

}  // namespace rfmap::importing
