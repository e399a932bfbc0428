#pragma once

#include "kernels/changed.h"
#include "kernels/resample.h"

/// Windows of operations that differ from position to position.
namespace rfmap::kernels {

/// V channels of one cell of one sample's window.
template <int V>
struct GatheredCell {
  Tensor out;
  Gathering in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    const Point window = in.windows[n];
    const int row = window.y + at.y, column = window.x + at.x;
    const int c = in.channel + at.c * in.channel_step + moved(in.y, row) + moved(in.x, column);
    Vec<V> sum = splat<V>(0);
    for (int ky = 0; ky < in.y.taps.width; ++ky) {
      const int y = tap_at(in.y.taps, row, ky);
      if (y < 0) continue;
      const Vec<V> part = row_sum(n, y, column, c);
      const float weight = tap_weight(in.y.taps, row, ky);
      for (int v = 0; v < V; ++v) sum.v[v] += weight * part.v[v];
    }
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, sum);
  }

 private:
  RFMAP_HD static int moved(const GatherAxis& axis, int position) {
    return axis.channels ? axis.channels[position] : 0;
  }

  RFMAP_HD Vec<V> row_sum(int n, int y, int column, int c) const {
    Vec<V> sum = splat<V>(0);
    for (int kx = 0; kx < in.x.taps.width; ++kx) {
      const int x = tap_at(in.x.taps, column, kx);
      if (x < 0) continue;
      const Vec<V> value = changed_value<V>(in, n, y, x, c);
      const float weight = tap_weight(in.x.taps, column, kx);
      for (int v = 0; v < V; ++v) sum.v[v] += weight * value.v[v];
    }
    return sum;
  }
};

template <class Go>
auto spread(const Tensor& out, const Gathering& in, const Go& go) {
  if (in.moves_fours && is_wide(out) && reads_fours(in))
    return go(GatheredCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(GatheredCell<1>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
