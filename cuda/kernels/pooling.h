#pragma once

#include "core/pool_window.h"
#include "kernels/activation.h"
#include "kernels/grid.h"

namespace rfmap::kernels {

/// The larger; NaN wins.
RFMAP_HD inline float max_or_nan(float best, float x) { return best < x || x != x ? x : best; }

/// First cell of the window of an output cell.
RFMAP_HD inline Point first_cell(const Sliding& window, int y, int x) {
  return {y * window.stride.h - window.pad.top, x * window.stride.w - window.pad.left};
}

/// Maximum over a window, of V channels from c on; -inf for cells outside the map.
template <int V>
RFMAP_HD Vec<V> max_over(const Tensor& in, const Sliding& window, int n, Point first, int c) {
  Vec<V> best = splat<V>(-INFINITY);
  for (int ky = 0; ky < window.kernel.h; ++ky) {
    const int y = first.y + ky * window.dilation.h;
    if (y < 0 || y >= in.h) continue;
    for (int kx = 0; kx < window.kernel.w; ++kx) {
      const int x = first.x + kx * window.dilation.w;
      if (x < 0 || x >= in.w) continue;
      const Vec<V> value = load<V>(in, cell_at(in, n, y, x) + c);
      for (int v = 0; v < V; ++v) best.v[v] = max_or_nan(best.v[v], value.v[v]);
    }
  }
  return best;
}

template <int V>
RFMAP_HD Vec<V> sum_over(const Tensor& in, const Sliding& window, int n, Point first, int c) {
  Vec<V> sum = splat<V>(0);
  for (int ky = 0; ky < window.kernel.h; ++ky) {
    const int y = first.y + ky * window.dilation.h;
    if (y < 0 || y >= in.h) continue;
    for (int kx = 0; kx < window.kernel.w; ++kx) {
      const int x = first.x + kx * window.dilation.w;
      if (x < 0 || x >= in.w) continue;
      const Vec<V> value = load<V>(in, cell_at(in, n, y, x) + c);
      for (int v = 0; v < V; ++v) sum.v[v] += value.v[v];
    }
  }
  return sum;
}

/// V channels of one pooled cell.
template <int V>
struct PooledCell {
  Tensor out;
  Pooling in;

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at(out, i);
    const Point first = first_cell(in.window, at.y, at.x);
    Vec<V> value;
    if (in.kind == Pool::Kind::max) {
      value = max_over<V>(in.in, in.window, n, first, at.c);
    } else {
      // A crop holds all the window's cells, those beyond the map as zeros.
      const Point corner{at.y * in.window.stride.h, at.x * in.window.stride.w};
      value = sum_over<V>(in.in, in.window, n, in.windows ? corner : first, at.c);
      const float count = float(divisor(n, at));
      for (int v = 0; v < V; ++v) value.v[v] /= count;
    }
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, activated(in.act, value, at.c));
  }

 private:
  /// By the cell's place in the whole map.
  RFMAP_HD int divisor(int n, const Place<V>& at) const {
    const Point cell =
        in.windows ? Point{in.windows[n].y + at.y, in.windows[n].x + at.x} : Point{at.y, at.x};
    const Size map = in.windows ? in.map : Size{in.in.h, in.in.w};
    return core::average_divisor(in.window, in.count_include_pad ? in.window.pad : Margins{}, map,
                                 cell);
  }
};

template <class Go>
auto spread(const Tensor& out, const Pooling& in, const Go& go) {
  if (is_wide(out) && is_wide(in.in)) return go(PooledCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(PooledCell<1>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
