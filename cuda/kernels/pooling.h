#pragma once

#include "core/pool_window.h"
#include "kernels/activation.h"
#include "kernels/grid.h"

namespace rfmap::kernels {

/// The larger; NaN wins.
RFMAP_HD inline float max_or_nan(float best, float x) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  float larger;  // one instruction instead of three
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(larger) : "f"(best), "f"(x));
  return larger;
#else
  return best < x || x != x ? x : best;
#endif
}

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
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
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

/// The cell of an axis that is nearest to `i`.
RFMAP_HD inline int nearest(int i, int cells) {
  const int last = cells - 1, low = i > 0 ? i : 0;
  return low < last ? low : last;
}

/// Calls visit(cell) for H x W neighbouring cells of a map. Where a window reaches beyond the map,
/// a cell of both stands for the one outside: for a maximum, it does not matter how often.
template <int H, int W, class Visit>
RFMAP_HD void for_window(const Tensor& in, Point first, const Visit& visit) {
  int columns[W];
  RFMAP_UNROLL
  for (int kx = 0; kx < W; ++kx) columns[kx] = nearest(first.x + kx, in.w);
  RFMAP_UNROLL
  for (int ky = 0; ky < H; ++ky) {
    const int row = nearest(first.y + ky, in.h) * in.w;
    RFMAP_UNROLL
    for (int kx = 0; kx < W; ++kx) visit(row + columns[kx]);
  }
}

/// Whether for_window applies: neighbours only, and every window has a cell of the map.
inline bool is_plain(const Sliding& window, const Tensor& in, const Tensor& out) {
  const auto meets = [](int kernel, int stride, int before, int cells, int windows) {
    return before < kernel && (windows - 1) * stride - before < cells;
  };
  return window.dilation.h == 1 && window.dilation.w == 1 &&
         meets(window.kernel.h, window.stride.h, window.pad.top, in.h, out.h) &&
         meets(window.kernel.w, window.stride.w, window.pad.left, in.w, out.w);
}

/// Four channels of one cell of a max pooling with an H x W window; no activation.
template <DType T, int H, int W>
struct MaxPooledFours {
  Tensor out;
  Pooling in;
  Cells<kWide> cells{out};
  Samples<T> to{out}, from{in.in};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<kWide> at = cells.at(i);
    const Stored<T>* sample = from.at(n) + at.c;
    Vec<kWide> best = splat<kWide>(-INFINITY);
    for_window<H, W>(in.in, first_cell(in.window, at.y, at.x), [&](int cell) {
      const Vec<kWide> value = load_as<T, kWide>(sample + cell * in.in.pitch);
      for (int v = 0; v < kWide; ++v) best.v[v] = max_or_nan(best.v[v], value.v[v]);
    });
    store_as<T>(to.at(n) + (at.cell * out.pitch + at.c), best);
  }
};

/// Calls `go` with the size of a square window that kernels are compiled for, or 0.
template <class Go>
auto with_window(const Sliding& window, const Tensor& in, const Tensor& out, const Go& go) {
  const bool plain = is_plain(window, in, out) && window.kernel.h == window.kernel.w;
  if (plain && window.kernel.h == 3) return go(std::integral_constant<int, 3>{});
  if (plain && window.kernel.h == 2) return go(std::integral_constant<int, 2>{});
  return go(std::integral_constant<int, 0>{});
}

template <class Go>
auto spread(const Tensor& out, const Pooling& in, const Go& go) {
  if (!is_wide(out) || !is_wide(in.in)) return go(PooledCell<1>{out, in}, cells_of<1>(out));
  const Grid fours = cells_of<kWide>(out);
  if (in.kind != Pool::Kind::max || !in.act.none || in.in.type != out.type)
    return go(PooledCell<kWide>{out, in}, fours);
  return with_window(in.window, in.in, out, [&](auto size) {
    if constexpr (size() == 0)
      return go(PooledCell<kWide>{out, in}, fours);
    else
      return with_type(out.type, [&](auto type) {
        return go(MaxPooledFours<type(), size(), size()>{out, in}, fours);
      });
  });
}

}  // namespace rfmap::kernels
