#pragma once

#include "kernels/grid.h"

/// Weighted sums of cells along rows and columns.
namespace rfmap::kernels {

/// The tap number k of position `u`; a kept axis has one.
RFMAP_HD inline int tap_at(const Taps& taps, int u, int k) {
  return taps.index ? taps.index[u * taps.width + k] : u;
}
RFMAP_HD inline float tap_weight(const Taps& taps, int u, int k) {
  return taps.index ? taps.weight[u * taps.width + k] : 1;
}

/// V channels of one cell of the resampled map.
template <int V>
struct ResampledCell {
  Tensor out;
  Resampling in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    Vec<V> sum = splat<V>(0);
    for (int ky = 0; ky < in.y.width; ++ky) {
      const int y = tap_at(in.y, at.y, ky);
      if (y < 0) continue;
      const Vec<V> row = row_sum(n, y, at);
      const float weight = tap_weight(in.y, at.y, ky);
      for (int v = 0; v < V; ++v) sum.v[v] += weight * row.v[v];
    }
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, sum);
  }

 private:
  RFMAP_HD Vec<V> row_sum(int n, int y, const Place<V>& at) const {
    Vec<V> sum = splat<V>(0);
    for (int kx = 0; kx < in.x.width; ++kx) {
      const int x = tap_at(in.x, at.x, kx);
      if (x < 0) continue;
      const Vec<V> value = load<V>(in.in, cell_at(in.in, n, y, x) + at.c);
      const float weight = tap_weight(in.x, at.x, kx);
      for (int v = 0; v < V; ++v) sum.v[v] += weight * value.v[v];
    }
    return sum;
  }
};

template <class Go>
auto spread(const Tensor& out, const Resampling& in, const Go& go) {
  if (is_wide(out) && is_wide(in.in))
    return go(ResampledCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(ResampledCell<1>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
