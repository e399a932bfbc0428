#pragma once

#include "kernels/pooling.h"

/// Cross-channel response normalisation, optionally with ReLU before it and max pooling before or
/// after it.
namespace rfmap::kernels {

RFMAP_HD inline float normalised(const ResponseNormalisation& op, float x, float squares) {
  const float base = op.k + op.alpha / float(op.size) * squares;
  if (op.beta == 0.75f) {  // AlexNet's and GoogLeNet's: two roots instead of a power
    const float root = sqrtf(base);
    return x / (root * sqrtf(root));
  }
  return x * powf(base, -op.beta);
}

/// V channels and Reach channels before and after them; neighbours beyond the map's channels are 0.
template <int V, int Reach>
struct Neighbourhood {
  float x[V + 2 * Reach];
};

template <int V, int Reach>
RFMAP_HD Vec<V> normalised(const ResponseNormalisation& op, const Neighbourhood<V, Reach>& near) {
  const int before = (op.size - 1) / 2, after = op.size - 1 - before;
  Vec<V> out;
  for (int v = 0; v < V; ++v) {
    float squares = 0;
    for (int d = -Reach; d <= Reach; ++d) {
      const float x = near.x[Reach + v + d];
      if (d >= -before && d <= after) squares += x * x;
    }
    out.v[v] = normalised(op, near.x[Reach + v], squares);
  }
  return out;
}

/// V channels of one cell; op.size reaches at most `Reach` channels to either side.
template <int V, int Reach>
struct NormalisedCell {
  static_assert(Reach % V == 0);
  Tensor out;
  ResponseNormalisation op;

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at(out, i);
    const std::int64_t to = cell_at(out, n, at.y, at.x) + at.c;
    if (op.order != ResponseNormalisation::Order::lrn_then_pool) {
      store<V>(out, to, normalised<V, Reach>(op, gather(n, at.y, at.x, at.c)));
      return;
    }
    const Point first = first_cell(op.pool, at.y, at.x);
    Vec<V> best = splat<V>(-INFINITY);
    for (int ky = 0; ky < op.pool.kernel.h; ++ky)
      for (int kx = 0; kx < op.pool.kernel.w; ++kx) {
        const int y = first.y + ky * op.pool.dilation.h, x = first.x + kx * op.pool.dilation.w;
        if (!holds(op.in, y, x)) continue;
        const Vec<V> value = normalised<V, Reach>(op, gather(n, y, x, at.c));
        for (int v = 0; v < V; ++v) best.v[v] = max_or_nan(best.v[v], value.v[v]);
      }
    store<V>(out, to, best);
  }

 private:
  /// The values to normalise at (y, x): cells of the input, or of the pooled input.
  RFMAP_HD Neighbourhood<V, Reach> gather(int n, int y, int x, int c) const {
    const bool pooled = op.order == ResponseNormalisation::Order::pool_then_lrn;
    Neighbourhood<V, Reach> near;
    for (int k = 0; k < V + 2 * Reach; k += V) {
      const int channel = c - Reach + k;
      Vec<V> value = splat<V>(0);
      if (channel >= 0 && channel < op.in.c)
        value = pooled ? max_over<V>(op.in, op.pool, n, first_cell(op.pool, y, x), channel)
                       : load<V>(op.in, cell_at(op.in, n, y, x) + channel);
      for (int v = 0; v < V; ++v) near.x[k + v] = op.relu && value.v[v] < 0 ? 0 : value.v[v];
    }
    return near;
  }
};

constexpr int kFarReach = 32;  ///< largest number of channels to either side in the narrow body
inline bool is_supported(const ResponseNormalisation& in) {
  return in.size >= 1 && in.size <= 2 * kFarReach;
}

template <class Go>
auto spread(const Tensor& out, const ResponseNormalisation& in, const Go& go) {
  const int after = in.size - 1 - (in.size - 1) / 2;  // never fewer than to the other side
  if (after <= kWide && is_wide(out) && is_wide(in.in))
    return go(NormalisedCell<kWide, kWide>{out, in}, cells_of<kWide>(out));
  if (after <= kWide) return go(NormalisedCell<1, kWide>{out, in}, cells_of<1>(out));
  return go(NormalisedCell<1, kFarReach>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
