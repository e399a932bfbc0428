#pragma once

#include "kernels/images.h"

/// The originals' maps with the changed values pasted over them.
namespace rfmap::kernels {

/// V channels, from the map's `first` on, of a cell of an image as the occluder leaves it.
template <int V>
RFMAP_HD Vec<V> under_occluder(const ChangedMaps& in, const plan::Occluder& occluder, int y, int x,
                               int first, Vec<V> value) {
  const float* patch = patch_of(in.patches, occluder, in.patch, in.maps.c);
  if (!patch) return value;
  const Point offset{y - occluder.origin.y, x - occluder.origin.x};
  for (int v = 0; v < V; ++v)
    value.v[v] = under_patch(patch, in.patch, offset, first + v, value.v[v]);
  return value;
}

/// V channels, from `c` on, of a cell inside the map.
template <int V>
RFMAP_HD Vec<V> changed_value(const ChangedMaps& in, int n, int y, int x, int c) {
  if (in.paste.data) {
    const int sample = in.parents ? in.parents[n] : n;
    const Point corner = in.paste_windows[sample];
    if (holds(in.paste, y - corner.y, x - corner.x))
      return load<V>(in.paste,
                     cell_at(in.paste, sample, y - corner.y, x - corner.x) + in.paste_channel + c);
  }
  const plan::Occluder& occluder = in.occluders[n];
  const int first = (in.selected ? in.selected[n] : in.first_channel) + c;
  const Vec<V> original = load<V>(in.maps, cell_at(in.maps, occluder.image, y, x) + first);
  return in.patches ? under_occluder<V>(in, occluder, y, x, first, original) : original;
}

/// Whether four channels from every fourth on can be read as one.
inline bool reads_fours(const ChangedMaps& in) {
  Tensor maps = in.maps, paste = in.paste;
  maps.c = paste.c = kWide;  // their total number of channels does not matter
  return is_wide(maps) && (!paste.data || is_wide(paste)) && !in.selected &&
         in.first_channel % kWide == 0 && in.paste_channel % kWide == 0;
}

}  // namespace rfmap::kernels
