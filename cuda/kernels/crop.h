#pragma once

#include "kernels/changed.h"

/// Crops of the changed maps.
namespace rfmap::kernels {

/// V channels of one cell of one sample's crop.
template <int V>
struct CroppedCell {
  Tensor out;
  Crop in;

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at(out, i);
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, value(n, at));
  }

 private:
  RFMAP_HD Vec<V> value(int n, const Place<V>& at) const {
    if (at.c >= in.channels) return splat<V>(0);
    const Point window = in.windows[n];
    const int y = window.y * in.stride.h - in.pad.y + at.y;
    const int x = window.x * in.stride.w - in.pad.x + at.x;
    return holds(in.maps, y, x) ? changed_value<V>(in, n, y, x, at.c) : splat<V>(in.border);
  }
};

template <class Go>
auto spread(const Tensor& out, const Crop& in, const Go& go) {
  if (is_wide(out) && reads_fours(in) && in.channels % kWide == 0)
    return go(CroppedCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(CroppedCell<1>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
