#pragma once

#include "kernels/activation.h"
#include "kernels/grid.h"

namespace rfmap::kernels {

/// V channels of one cell: scale, shift, residual, activation.
template <int V>
struct EpilogueCell {
  Tensor out;
  Epilogue in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    Vec<V> x = load<V>(in.in, cell_at(in.in, n, at.y, at.x) + at.c);
    const std::int64_t number = in.by_value ? std::int64_t(i) * V : at.c;
    if (in.scale) {
      const Vec<V> scale = load_floats<V>(in.scale + number);
      for (int v = 0; v < V; ++v) x.v[v] *= scale.v[v];
    }
    if (in.shift) {
      const Vec<V> shift = load_floats<V>(in.shift + number);
      for (int v = 0; v < V; ++v) x.v[v] += shift.v[v];
    }
    if (in.residual.data) {
      const Vec<V> more = load<V>(in.residual, cell_at(in.residual, n, at.y, at.x) + at.c);
      for (int v = 0; v < V; ++v) x.v[v] += more.v[v];
    }
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, activated(in.act, x, at.c));
  }
};

/// V channels of one cell of two or more inputs.
template <int V>
struct CombinedCell {
  Tensor out;
  Combination in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    Vec<V> x = input(in.inputs[0], n, at);
    for (int k = 1; k < in.count; ++k) {
      const Vec<V> more = input(in.inputs[k], n, at);
      for (int v = 0; v < V; ++v) x.v[v] = value_of(in.kind, x.v[v], more.v[v]);
    }
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, activated(in.act, x, at.c));
  }

 private:
  RFMAP_HD Vec<V> input(const Tensor& t, int n, const Place<V>& at) const {
    const std::int64_t cell = cell_at(t, n, t.h == 1 ? 0 : at.y, t.w == 1 ? 0 : at.x);
    if (t.c == 1 && out.c > 1) return splat<V>(load_one(t, cell));
    return load<V>(t, cell + at.c);
  }
};

inline bool is_supported(const Combination& in) { return in.count >= 1 && in.count <= kMostInputs; }

inline bool is_wide(const Epilogue& in) {
  return is_wide(in.in) && is_wide(in.scale) && is_wide(in.shift) &&
         (!in.residual.data || is_wide(in.residual));
}

inline bool is_wide(const Combination& in) {
  bool wide = true;
  for (int k = 0; k < in.count; ++k) wide = wide && (in.inputs[k].c == 1 || is_wide(in.inputs[k]));
  return wide;
}

template <class Go>
auto spread(const Tensor& out, const Epilogue& in, const Go& go) {
  if (is_wide(out) && is_wide(in)) return go(EpilogueCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(EpilogueCell<1>{out, in}, cells_of<1>(out));
}

template <class Go>
auto spread(const Tensor& out, const Combination& in, const Go& go) {
  if (is_wide(out) && is_wide(in)) return go(CombinedCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(CombinedCell<1>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
