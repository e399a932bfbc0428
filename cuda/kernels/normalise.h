#pragma once

#include "kernels/pooling.h"

/// Cross-channel response normalisation, optionally with ReLU before it and max pooling before or
/// after it.
namespace rfmap::kernels {

RFMAP_HD inline float inverse_root(float x) {
#ifdef __CUDA_ARCH__
  return rsqrtf(x);
#else
  return 1 / sqrtf(x);
#endif
}

/// x * base^(-3/4): AlexNet's and GoogLeNet's exponent, by two roots. The first is never subnormal,
/// so the second takes the device's instruction without care for those.
RFMAP_HD inline float by_three_quarters(float x, float base) {
  const float root = inverse_root(base);
#ifdef __CUDA_ARCH__
  float again;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(again) : "f"(root));
#else
  const float again = inverse_root(root);
#endif
  return x * root * (root * again);
}

RFMAP_HD inline float normalised(const ResponseNormalisation& op, float x, float squares) {
  const float base = op.k + op.alpha / float(op.size) * squares;
  return op.beta == 0.75f ? by_three_quarters(x, base) : x * powf(base, -op.beta);
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
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
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
      for (int v = 0; v < V; ++v) near.x[k + v] = value.v[v];
    }
    return near;
  }
};

/// Four channels over the two channels to either side, exponent 3/4. The squares' sums share what
/// is in all of them.
struct OverFiveChannels {
  float scale, k;

  RFMAP_HD Vec<kWide> operator()(const Vec<kWide>& before, const Vec<kWide>& x,
                                 const Vec<kWide>& after) const {
    const float all[] = {before.v[2], before.v[3], x.v[0],     x.v[1],
                         x.v[2],      x.v[3],      after.v[0], after.v[1]};
    float s[8];
    for (int i = 0; i < 8; ++i) s[i] = all[i] * all[i];
    const float middle = s[2] + s[3] + s[4];
    const float sums[] = {s[0] + s[1] + middle, s[1] + middle + s[5], middle + s[5] + s[6],
                          s[3] + s[4] + s[5] + s[6] + s[7]};
    Vec<kWide> out;
    for (int v = 0; v < kWide; ++v) out.v[v] = by_three_quarters(x.v[v], k + scale * sums[v]);
    return out;
  }
};

/// Four channels of one cell of OverFiveChannels; then max pooling over S x S cells if S > 0.
template <DType T, int S, bool Parted>
struct NormalisedFours {
  Tensor out;
  ResponseNormalisation op;
  OverFiveChannels rule{op.alpha / float(op.size), op.k};
  Cells<kWide> cells{out};
  Samples<T> results{out}, from{op.in};
  Divisor by_part{op.in.c};
  std::int64_t part_size = std::int64_t(op.in.n) * sample_size(op.in);

  RFMAP_HD void operator()(int n, int i) const {
    const Place<kWide> at = cells.at(i);
    const Fours from_cell = fours(n, at.c);
    Stored<T>* to = results.at(n) + (at.cell * out.pitch + at.c);
    if constexpr (S == 0) {
      store_as<T>(to, value(from_cell, at.cell * op.in.pitch));
    } else {
      Vec<kWide> best = splat<kWide>(-INFINITY);
      for_window<S, S>(op.in, first_cell(op.pool, at.y, at.x), [&](int cell) {
        const Vec<kWide> x = value(from_cell, cell * op.in.pitch);
        for (int v = 0; v < kWide; ++v) best.v[v] = max_or_nan(best.v[v], x.v[v]);
      });
      store_as<T>(to, best);
    }
  }

 private:
  /// Channels of a sample's first cell: those of the place, and in parts those beside them.
  struct Fours {
    const Stored<T>*before, *at, *after;
    bool has_before, has_after;
  };

  RFMAP_HD const Stored<T>* channel(int n, int c) const {
    const int part = by_part.divide(c);
    return from.at(n) + part * part_size + (c - part * op.in.c);
  }

  RFMAP_HD Fours fours(int n, int c) const {
    const bool has_before = c > 0, has_after = c + kWide < out.c;
    if constexpr (Parted) {
      const Stored<T>* at = channel(n, c);
      return {has_before ? channel(n, c - kWide) : at, at, has_after ? channel(n, c + kWide) : at,
              has_before, has_after};
    } else {
      const Stored<T>* at = from.at(n) + c;
      return {at, at, at, has_before, has_after};
    }
  }

  RFMAP_HD Vec<kWide> value(const Fours& f, int offset) const {
    constexpr int kBeside = Parted ? 0 : kWide;
    const Vec<kWide> none = splat<kWide>(0);
    return rule(f.has_before ? load_as<T, kWide>(f.before + offset - kBeside) : none,
                load_as<T, kWide>(f.at + offset),
                f.has_after ? load_as<T, kWide>(f.after + offset + kBeside) : none);
  }
};

constexpr int kFarReach = 32;  ///< largest number of channels to either side in the narrow body
inline bool is_supported(const ResponseNormalisation& in) {
  return in.size >= 1 && in.size <= 2 * kFarReach;
}

/// Five channels and exponent 3/4, alone or before pooling.
inline bool is_usual(const Tensor& out, const ResponseNormalisation& in) {
  return in.size == 5 && in.beta == 0.75f && in.in.type == out.type &&
         in.order != ResponseNormalisation::Order::pool_then_lrn;
}

template <DType T, int S, class Go>
auto spread_fours(const Tensor& out, const ResponseNormalisation& in, const Go& go) {
  return in.parts > 1 ? go(NormalisedFours<T, S, true>{out, in}, cells_of<kWide>(out))
                      : go(NormalisedFours<T, S, false>{out, in}, cells_of<kWide>(out));
}

template <class Go>
auto spread(const Tensor& out, const ResponseNormalisation& in, const Go& go) {
  const int after = in.size - 1 - (in.size - 1) / 2;  // never fewer than to the other side
  if (after > kWide) return go(NormalisedCell<1, kFarReach>{out, in}, cells_of<1>(out));
  if (!is_wide(out) || !is_wide(in.in))
    return go(NormalisedCell<1, kWide>{out, in}, cells_of<1>(out));
  const Grid fours = cells_of<kWide>(out);
  const NormalisedCell<kWide, kWide> any{out, in};
  if (!is_usual(out, in)) return go(any, fours);
  if (in.order == ResponseNormalisation::Order::alone)
    return with_type(out.type, [&](auto type) { return spread_fours<type(), 0>(out, in, go); });
  return with_window(in.pool, in.in, out, [&](auto size) {
    if constexpr (size() == 0)
      return go(any, fours);
    else
      return with_type(out.type,
                       [&](auto type) { return spread_fours<type(), size()>(out, in, go); });
  });
}

}  // namespace rfmap::kernels
