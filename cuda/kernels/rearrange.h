#pragma once

#include "kernels/grid.h"

/// Kernels that move values without changing them, except for their storage type.
namespace rfmap::kernels {

/// V channels of one cell of a copied box.
template <int V>
struct BoxCell {
  Tensor out;
  Box box;
  Cells<V> cells{box.size.c, box.size.w};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    const std::int64_t from =
        cell_at(box.in, n, box.from.h + at.y, box.from.w + at.x) + box.from.c + at.c;
    const std::int64_t to = cell_at(out, n, box.to.h + at.y, box.to.w + at.x) + box.to.c + at.c;
    store<V>(out, to, load<V>(box.in, from));
  }
};

/// V channels of one cell, 0 beyond the input's.
template <int V>
struct ConvertedCell {
  Tensor out, in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    const Vec<V> value = at.c < in.c ? load<V>(in, cell_at(in, n, at.y, at.x) + at.c) : splat<V>(0);
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, value);
  }
};

/// V channels of one cell of the larger map.
template <int V>
struct BorderedCell {
  Tensor out;
  Border in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    const int y = at.y - in.margins.top, x = at.x - in.margins.left;
    const Vec<V> value =
        holds(in.in, y, x) ? load<V>(in.in, cell_at(in.in, n, y, x) + at.c) : splat<V>(in.value);
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, value);
  }
};

/// V channels of one cell, which are neighbours in the input too.
template <int V>
struct RearrangedCell {
  Tensor out;
  Rearrangement in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    std::int64_t from = cell_at(in.in, n, in.start[1], in.start[2]) + in.start[0];
    from += offset(at.c, 0, in.end[0]) + offset(at.y, in.end[0], in.end[1]) +
            offset(at.x, in.end[1], in.end[2]);
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, load<V>(in.in, from));
  }

  /// What the position along one output axis adds.
  RFMAP_HD std::int64_t offset(int position, int first, int end) const {
    std::int64_t sum = 0;
    for (int i = end - 1; i >= first; --i) {
      const Rearrangement::Digit& digit = in.digits[i];
      const int rest = position / digit.extent;
      const int stride = digit.axis == 0   ? 1
                         : digit.axis == 1 ? in.in.w * in.in.pitch
                                           : in.in.pitch;
      sum += std::int64_t(position - rest * digit.extent) * digit.step * stride;
      position = rest;
    }
    return sum;
  }
};

/// Whether fours of output channels come from fours of input channels.
inline bool moves_fours(const Rearrangement& in) {
  const int last = in.end[0] - 1;  // the digit of neighbouring channels
  if (last < 0 || in.start[0] % kWide != 0) return false;
  const Rearrangement::Digit& inner = in.digits[last];
  if (inner.axis != 0 || inner.step != 1 || inner.extent % kWide != 0) return false;
  for (int i = 0; i < in.end[2]; ++i)
    if (i != last && in.digits[i].axis == 0 && in.digits[i].step % kWide != 0) return false;
  return true;
}

/// One value of another shape with the same C, H, W order.
struct ReshapedValue {
  Tensor out, in;
  Cells<1> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<1> at = cells.at(i);
    const int order = (at.c * out.h + at.y) * out.w + at.x, area = in.h * in.w;
    const int c = order / area, cell = order - c * area, y = cell / in.w;
    const float value = load_one(in, cell_at(in, n, y, cell - y * in.w) + c);
    store_one(out, cell_at(out, n, at.y, at.x) + at.c, value);
  }
};

template <class Go>
auto spread(const Tensor& out, const Box& in, const Go& go) {
  const bool whole = in.from.c % kWide == 0 && in.to.c % kWide == 0 && in.size.c % kWide == 0;
  const int cells = in.size.h * in.size.w;
  if (whole && is_wide(out) && is_wide(in.in))
    return go(BoxCell<kWide>{out, in}, Grid{out.n, cells * (in.size.c / kWide)});
  return go(BoxCell<1>{out, in}, Grid{out.n, cells * in.size.c});
}

template <class Go>
auto spread(const Tensor& out, const Conversion& from, const Go& go) {
  const Tensor& in = from.in;
  if (is_wide(out) && is_wide(in)) return go(ConvertedCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(ConvertedCell<1>{out, in}, cells_of<1>(out));
}

template <class Go>
auto spread(const Tensor& out, const Border& in, const Go& go) {
  if (is_wide(out) && is_wide(in.in)) return go(BorderedCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(BorderedCell<1>{out, in}, cells_of<1>(out));
}

template <class Go>
auto spread(const Tensor& out, const Rearrangement& in, const Go& go) {
  if (moves_fours(in) && is_wide(out) && is_wide(in.in))
    return go(RearrangedCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(RearrangedCell<1>{out, in}, cells_of<1>(out));
}

template <class Go>
auto spread(const Tensor& out, const Reshaping& in, const Go& go) {
  return go(ReshapedValue{out, in.in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
