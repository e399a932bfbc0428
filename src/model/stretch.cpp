#include "model/stretch.h"

#include <stdexcept>

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

/// What an interpolation reads around a coordinate; `widens`: more where the map shrinks.
struct Reach {
  double before, after;
  bool open_before, open_after, widens;
};

Reach reach_of(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::floor:
      return {1, 0, true, false, false};
    case Interpolation::ceil:
      return {0, 1, false, true, false};
    case Interpolation::round_down:
      return {0.5, 0.5, false, true, false};
    case Interpolation::round_up:
      return {0.5, 0.5, true, false, false};
    case Interpolation::linear:
      return {1, 1, true, true, true};
    case Interpolation::cubic:
      return {2, 2, true, true, true};
  }
  throw std::logic_error("an interpolation of no kind");
}

}  // namespace

AxisReads transposed_reads(int kernel, int stride, int pad) {
  return {1.0 / stride, double(pad) / stride, double(kernel - 1) / stride, 0, false, false, false};
}

std::int64_t transposed_extent(std::int64_t n, int kernel, int stride, int pads, int more) {
  return stride * (n - 1) + kernel - pads + more;
}

AxisReads resize_reads(const Resizing& r) {
  const AxisReads at = coordinates(r);
  const Reach reach = reach_of(r.interpolation);
  const double wider = reach.widens && r.antialias && r.factor < 1 ? 1 / r.factor : 1;
  return {at.scale,         at.shift, reach.before * wider, reach.after * wider, reach.open_before,
          reach.open_after, true};
}

}  // namespace rfmap::importing
