#pragma once

#include "kernels/grid.h"

/// The running top-K of the scan, kept on the device.
namespace rfmap::kernels {

/// Larger (or smaller) first; ties to the lower image.
RFMAP_HD inline bool ranks_before(const DevicePeak& a, const DevicePeak& b, bool lowest) {
  if (b.image < 0) return true;
  if (a.activation != b.activation)
    return lowest ? a.activation < b.activation : a.activation > b.activation;
  return a.image < b.image;
}

/// Puts a peak at its place in a list of k, best first; the last one falls out.
RFMAP_HD inline void offer(DevicePeak* list, int k, const DevicePeak& peak, bool lowest) {
  // Zero: the unit did not fire. A NaN has no rank.
  if (!(peak.activation < 0 || peak.activation > 0)) return;
  int place = k;
  for (; place > 0 && ranks_before(peak, list[place - 1], lowest); --place)
    if (place < k) list[place] = list[place - 1];
  if (place < k) list[place] = peak;
}

/// All samples of a batch for one unit.
struct UnitOffers {
  DevicePeak* best;
  TopK in;
  RFMAP_HD void operator()(int, int unit) const {
    for (int s = 0; s < in.count; ++s) {
      const Extremum& found = in.extrema[std::int64_t(s) * in.units + unit];
      offer(best + std::int64_t(unit) * in.k, in.k, {in.images[s], found.value, found.position},
            in.lowest);
    }
  }
};

struct ClearedPeak {
  DevicePeak* best;
  RFMAP_HD void operator()(int, int i) const { best[i] = DevicePeak{}; }
};

template <class Go>
auto offer_top_k_with(DevicePeak* best, const TopK& in, const Go& go) {
  return go(UnitOffers{best, in}, Grid{1, in.units});
}

template <class Go>
auto clear_top_k_with(DevicePeak* best, int entries, const Go& go) {
  return go(ClearedPeak{best}, Grid{1, entries});
}

}  // namespace rfmap::kernels
