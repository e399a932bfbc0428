#pragma once

#include "kernels/changed.h"

/// Crops of the changed maps.
namespace rfmap::kernels {

/// V channels of one cell of one sample's crop.
template <int V>
struct CroppedCell {
  Tensor out;
  Crop in;
  Cells<V> cells{out};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at = cells.at(i);
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, value(n, at));
  }

 private:
  RFMAP_HD Vec<V> value(int n, const Place<V>& at) const {
    if (at.c >= in.channels) return splat<V>(0);
    const Point window = in.windows[n];
    const int y = window.y * in.stride.h - in.pad.y + at.y;
    const int x = window.x * in.stride.w - in.pad.x + at.x;
    return holds(in.maps, y, x) ? changed_value<V>(in, n, y, x, at.c) : splat<V>(in.border);
  }
};

/// Four channels of one cell of one sample's crop; all tensors have storage type T, all channels of
/// `out` are filled, and there is no patch. A pasted window without cells has some corner, too.
template <DType T>
struct CroppedFours {
  Tensor out;
  Crop in;
  Cells<kWide> cells{out};
  Samples<T> to{out}, originals{in.maps}, changed{in.paste};

  RFMAP_HD void operator()(int n, int i) const {
    const Place<kWide> at = cells.at(i);
    store_as<T>(to.at(n) + (at.cell * out.pitch + at.c), value(n, at));
  }

 private:
  RFMAP_HD Vec<kWide> value(int n, const Place<kWide>& at) const {
    const Point window = entry(in.windows, n);
    const int y = window.y * in.stride.h - in.pad.y + at.y;
    const int x = window.x * in.stride.w - in.pad.x + at.x;
    if (!holds(in.maps, y, x)) return splat<kWide>(in.border);
    return load_as<T, kWide>(source(n, y, x, at.c));
  }

  RFMAP_HD const Stored<T>* source(int n, int y, int x, int c) const {
    const int sample = in.parents ? in.parents[unsigned(n)] : n;
    const Point corner = entry(in.paste_windows, sample);
    const int py = y - corner.y, px = x - corner.x;
    if (holds(in.paste, py, px))
      return changed.at(sample) + ((py * in.paste.w + px) * in.paste.pitch + in.paste_channel + c);
    return originals.at(in.occluders[unsigned(n)].image) +
           ((y * in.maps.w + x) * in.maps.pitch + in.first_channel + c);
  }
};

template <class Go>
auto spread(const Tensor& out, const Crop& in, const Go& go) {
  if (!is_wide(out) || !reads_fours(in) || in.channels % kWide != 0)
    return go(CroppedCell<1>{out, in}, cells_of<1>(out));
  const bool one_type = in.maps.type == out.type && (!in.paste.data || in.paste.type == out.type);
  if (in.patches || !one_type || in.channels != out.c)
    return go(CroppedCell<kWide>{out, in}, cells_of<kWide>(out));
  Crop pasted = in;
  if (!in.paste.data) {
    pasted.paste_windows = in.windows;
    pasted.parents = nullptr;
  }
  return with_type(out.type, [&](auto type) {
    return go(CroppedFours<type()>{out, pasted}, cells_of<kWide>(out));
  });
}

}  // namespace rfmap::kernels
