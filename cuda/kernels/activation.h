#pragma once

#include "kernels/number.h"

namespace rfmap::kernels {

RFMAP_HD inline float activated(const Act& act, float x, int channel) {
  if (act.none) return x;
  const float alpha = act.slopes > 0 ? act.slope[act.slopes == 1 ? 0 : channel] : act.alpha;
  return value_of(act.kind, x, alpha, act.beta);
}

/// For V channels from `channel` on.
template <int V>
RFMAP_HD Vec<V> activated(const Act& act, Vec<V> x, int channel) {
  for (int i = 0; i < V; ++i) x.v[i] = activated(act, x.v[i], channel + i);
  return x;
}

}  // namespace rfmap::kernels
