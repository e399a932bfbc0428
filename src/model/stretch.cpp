#include "model/stretch.h"

#include <algorithm>

namespace rfmap::importing {
namespace {

/// Coordinate in the input of output position u: u * scale + shift (ONNX, operator Resize).
AxisReads coordinates(const Resizing& r) {
  AxisReads reads;
  reads.scale = 1 / r.factor;
  switch (r.coordinates) {
    case Coordinates::pytorch:
      if (r.m == 1) {
        reads.scale = 0;
        break;
      }
      [[fallthrough]];
    case Coordinates::half_pixel:
      reads.shift = 0.5 / r.factor - 0.5;
      break;
    case Coordinates::symmetric:
      reads.shift =
          double(r.n) / 2 * (1 - double(r.m) / (double(r.n) * r.factor)) + 0.5 / r.factor - 0.5;
      break;
    case Coordinates::align_corners:
      reads.scale = r.m == 1 ? 0 : double(r.n - 1) / double(r.m - 1);
      break;
    case Coordinates::asymmetric:
      break;
    case Coordinates::tf_half_pixel:
      reads.shift = 0.5 / r.factor;
      break;
  }
  return reads;
}

void set_window(AxisReads& reads, double before, double after, bool open_before, bool open_after) {
  reads.before = before;
  reads.after = after;
  reads.open_before = open_before;
  reads.open_after = open_after;
}

}  // namespace

AxisReads transposed_reads(int kernel, int stride, int pad) {
  return {1.0 / stride, double(pad) / stride, double(kernel - 1) / stride, 0, false, false, false};
}

std::int64_t transposed_extent(std::int64_t n, int kernel, int stride, int pads, int more) {
  return stride * (n - 1) + kernel - pads + more;
}

AxisReads resize_reads(const Resizing& r) {
  AxisReads reads = coordinates(r);
  reads.repeats_border = true;
  const double wider = r.antialias && r.factor < 1 ? 1 / r.factor : 1;
  switch (r.interpolation) {
    case Interpolation::floor:
      set_window(reads, 1, 0, true, false);
      break;
    case Interpolation::ceil:
      set_window(reads, 0, 1, false, true);
      break;
    case Interpolation::round_down:
      set_window(reads, 0.5, 0.5, false, true);
      break;
    case Interpolation::round_up:
      set_window(reads, 0.5, 0.5, true, false);
      break;
    case Interpolation::linear:
      set_window(reads, wider, wider, true, true);
      break;
    case Interpolation::cubic:
      set_window(reads, 2 * wider, 2 * wider, true, true);
      break;
  }
  return reads;
}

}  // namespace rfmap::importing
