#pragma once

#include "kernels/images.h"

/// Windows of the originals' maps with the changed values pasted over them.
namespace rfmap::kernels {

/// V channels of one cell of one sample's window.
template <int V>
struct CroppedCell {
  Tensor out;
  Crop in;

  RFMAP_HD void operator()(int n, int i) const {
    const Place<V> at(out, i);
    store<V>(out, cell_at(out, n, at.y, at.x) + at.c, value(n, at));
  }

 private:
  RFMAP_HD Vec<V> value(int n, const Place<V>& at) const {
    if (at.c >= in.channels) return splat<V>(0);
    const Point window = in.windows[n];
    const int y = window.y * in.stride.h - in.pad.y + at.y;
    const int x = window.x * in.stride.w - in.pad.x + at.x;
    if (!holds(in.maps, y, x)) return splat<V>(in.border);
    if (in.paste.data) {
      const int sample = in.parents ? in.parents[n] : n;
      const Point corner = in.paste_windows[sample];
      if (holds(in.paste, y - corner.y, x - corner.x))
        return load<V>(in.paste, cell_at(in.paste, sample, y - corner.y, x - corner.x) +
                                     in.paste_channel + at.c);
    }
    const plan::Occluder& occluder = in.occluders[n];
    const int channel = (in.selected ? in.selected[n] : in.first_channel) + at.c;
    const Vec<V> original = load<V>(in.maps, cell_at(in.maps, occluder.image, y, x) + channel);
    const Point offset{y - occluder.origin.y, x - occluder.origin.x};
    return in.patches ? occluded(occluder, offset, channel, original) : original;
  }

  RFMAP_HD Vec<V> occluded(const plan::Occluder& occluder, Point offset, int channel,
                           Vec<V> value) const {
    const float* patch = patch_of(in.patches, occluder, in.patch, in.maps.c);
    if (!patch) return value;
    for (int v = 0; v < V; ++v)
      value.v[v] = under_patch(patch, in.patch, offset, channel + v, value.v[v]);
    return value;
  }
};

inline bool is_wide(const Tensor& out, const Crop& in) {
  Tensor maps = in.maps, paste = in.paste;
  maps.c = paste.c = kWide;  // their total number of channels does not matter
  return is_wide(out) && is_wide(maps) && (!paste.data || is_wide(paste)) && !in.selected &&
         in.first_channel % kWide == 0 && in.paste_channel % kWide == 0 && in.channels % kWide == 0;
}

template <class Go>
auto spread(const Tensor& out, const Crop& in, const Go& go) {
  if (is_wide(out, in)) return go(CroppedCell<kWide>{out, in}, cells_of<kWide>(out));
  return go(CroppedCell<1>{out, in}, cells_of<1>(out));
}

}  // namespace rfmap::kernels
