#pragma once

#include "kernels/activation.h"
#include "kernels/grid.h"

/// Sums of products for operations without a cuDNN plan. Each sum is in a fixed order; those of
/// convolutions are shared by a warp.
namespace rfmap::kernels {

/// One value of a convolution, V channels of the input at a time.
template <int V>
struct ConvolvedValue {
  using Part = float;
  Tensor out;
  Convolution in;
  Cells<1> cells{out};
  int depth = in.channels ? in.in.c : in.in.c / in.groups;
  Divisor by_chunks{depth / V}, by_row{in.window.kernel.w}, by_group{out.c / in.groups};

  RFMAP_HD float part(int n, int i, int lane) const {
    const Place<1> at = cells.at(i);
    const Sliding& w = in.window;
    const int o = channel(n, at.c), group = in.channels ? 0 : by_group.divide(o);
    const int chunks = depth / V, taps = w.kernel.h * w.kernel.w;
    const float* weights = in.weights + std::int64_t(o) * taps * depth;
    float sum = 0;
    for (int k = lane; k < taps * chunks; k += kLanes) {
      const int tap = by_chunks.divide(k), c = (k - tap * chunks) * V, ky = by_row.divide(tap);
      const int y = at.y * w.stride.h - w.pad.top + ky * w.dilation.h;
      const int x = at.x * w.stride.w - w.pad.left + (tap - ky * w.kernel.w) * w.dilation.w;
      if (!holds(in.in, y, x)) continue;
      const Vec<V> a = load<V>(in.in, cell_at(in.in, n, y, x) + group * depth + c);
      const Vec<V> b = load_floats<V>(weights + tap * depth + c);
      for (int v = 0; v < V; ++v) sum += a.v[v] * b.v[v];
    }
    return sum;
  }
  RFMAP_HD static float join(float a, float b) { return a + b; }
  RFMAP_HD void finish(int n, int i, int lane, float sum) const {
    if (lane != 0) return;
    const Place<1> at = cells.at(i);
    const int o = channel(n, at.c);
    const float value = activated(in.act, sum + (in.bias ? in.bias[o] : 0), o);
    store_one(out, cell_at(out, n, at.y, at.x) + at.c, value);
  }

 private:
  RFMAP_HD int channel(int n, int c) const { return in.channels ? in.channels[n] : c; }
};

/// V channels of one cell of a depthwise convolution: as many groups as channels.
template <int V>
struct DepthwiseCell {
  Tensor out;
  Convolution in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    const Sliding& w = in.window;
    const int taps = w.kernel.h * w.kernel.w;
    Vec<V> sum = in.bias ? load_floats<V>(in.bias + at.c) : splat<V>(0);
    for (int ky = 0; ky < w.kernel.h; ++ky) {
      const int y = at.y * w.stride.h - w.pad.top + ky * w.dilation.h;
      if (y < 0 || y >= in.in.h) continue;
      for (int kx = 0; kx < w.kernel.w; ++kx) {
        const int x = at.x * w.stride.w - w.pad.left + kx * w.dilation.w;
        if (x < 0 || x >= in.in.w) continue;
        const Vec<V> value = load<V>(in.in, cell_at(in.in, n, y, x) + at.c);
        const float* weight = in.weights + at.c * taps + ky * w.kernel.w + kx;
        for (int v = 0; v < V; ++v) sum.v[v] += value.v[v] * weight[v * taps];
      }
    }
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, activated(in.act, sum, at.c));
  }
};

inline bool is_depthwise(const Tensor& out, const Convolution& in) {
  return !in.channels && in.groups == in.in.c && in.groups == out.c;
}

template <class Go>
auto spread(const Tensor& out, const Convolution& in, const Go& go) {
  const bool wide = is_wide(in.in) && is_wide(in.weights);
  if (is_depthwise(out, in)) {
    if (wide && is_wide(out) && is_wide(in.bias))
      return go(DepthwiseCell<kWide>{out, in}, cells_of<kWide>(out));
    return go(DepthwiseCell<1>{out, in}, cells_of<1>(out));
  }
  if (wide && in.in.c / in.groups % kWide == 0)
    return go(ConvolvedValue<kWide>{out, in}, cells_of<1>(out));
  return go(ConvolvedValue<1>{out, in}, cells_of<1>(out));
}

/// V channels of one cell of a product of matrices, one per channel; `Shared`: b has one channel.
template <int V, bool Shared>
struct ProductCell {
  Tensor out;
  MatrixProduct in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    std::int64_t left = cell_at(in.a, n, at.y, 0) + at.c;
    std::int64_t right = cell_at(in.b, n, 0, at.x) + (Shared ? 0 : at.c);
    const std::int64_t row = std::int64_t(in.b.w) * in.b.pitch;
    Vec<V> sum = splat<V>(0);
    for (int k = 0; k < in.a.w; ++k, left += in.a.pitch, right += row) {
      const Vec<V> a = load<V>(in.a, left);
      const Vec<V> b = factor(right);
      for (int v = 0; v < V; ++v) sum.v[v] += a.v[v] * b.v[v];
    }
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, sum);
  }

 private:
  RFMAP_HD Vec<V> factor(std::int64_t at) const {
    if constexpr (Shared)
      return splat<V>(load_one(in.b, at));
    else
      return load<V>(in.b, at);
  }
};

template <class Go>
auto spread(const Tensor& out, const MatrixProduct& in, const Go& go) {
  const bool shared = in.b.c == 1, wide = is_wide(out) && is_wide(in.a);
  if (wide && shared) return go(ProductCell<kWide, true>{out, in}, cells_of<kWide>(out));
  if (wide && is_wide(in.b)) return go(ProductCell<kWide, false>{out, in}, cells_of<kWide>(out));
  if (shared) return go(ProductCell<1, true>{out, in}, cells_of<1>(out));
  return go(ProductCell<1, false>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
