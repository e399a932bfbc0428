#pragma once

#include "kernels/lines.h"

namespace rfmap::kernels {

/// Reduction of one line along the channels and perhaps other axes, shared by a warp.
struct ReducedLine {
  using Part = double;
  Tensor out;
  Reduction in;
  Cells<1> cells{out};

  RFMAP_HD double part(int n, int line, int lane) const {
    double mine = core::start_of(in.kind);
    for (int k = lane; k < length(); k += kLanes)
      mine = join(mine, load_one(in.in, Lines{in.axes}.place(in.in, n, line, k)));
    return mine;
  }
  RFMAP_HD double join(double a, double b) const { return core::joined(in.kind, a, b); }
  RFMAP_HD void finish(int n, int line, int lane, double all) const {
    if (lane != 0) return;
    const Place<1> at = cells.at(line);
    const double value = in.kind == Reduce::Kind::mean ? all / length() : all;
    store_one(out, cell_at(out, n, at.y, at.x) + at.c, float(value));
  }
  RFMAP_HD int length() const { return Lines{in.axes}.length(in.in); }
};

/// V channels of one cell of a reduction along rows or columns.
template <int V>
struct ReducedCell {
  Tensor out;
  Reduction in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    const int rows = in.axes.h ? in.in.h : 1, columns = in.axes.w ? in.in.w : 1;
    double all[V];
    for (int v = 0; v < V; ++v) all[v] = core::start_of(in.kind);
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x) {
        const Vec<V> value = load<V>(in.in, cell_at(in.in, n, at.y + y, at.x + x) + at.c);
        for (int v = 0; v < V; ++v) all[v] = core::joined(in.kind, all[v], value.v[v]);
      }
    Vec<V> result;
    const double count = in.kind == Reduce::Kind::mean ? double(rows) * columns : 1;
    for (int v = 0; v < V; ++v) result.v[v] = float(all[v] / count);
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, result);
  }
};

template <class Go>
auto spread(const Tensor& out, const Reduction& in, const Go& go) {
  if (in.axes.c) return go(ReducedLine{out, in}, cells_of<1>(out));
  if (is_wide(out) && is_wide(in.in)) return go(ReducedCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(ReducedCell<1>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
