#include "cpu/tile.h"

#include <cstring>

#include "core/clones.h"

namespace rfmap::cpu {
namespace {

using FloatVector = float __attribute__((vector_size(32)));
using Unaligned = float __attribute__((vector_size(32), aligned(4), may_alias));

}  // namespace

// Unrolled by hand: the compiler keeps the sums in registers only if every index is a constant.
RFMAP_CLONES void multiply_tile(const Taps& taps, const float* const* pixels, const float* weights,
                                float* sums) {
  FloatVector s[kTilePixels][2] = {};
  for (const std::ptrdiff_t offset : taps.offsets) {
    const float *p0 = pixels[0] + offset, *p1 = pixels[1] + offset, *p2 = pixels[2] + offset,
                *p3 = pixels[3] + offset, *p4 = pixels[4] + offset, *p5 = pixels[5] + offset;
    for (int k = 0; k < taps.run; ++k, weights += kTileChannels) {
      const FloatVector low = *reinterpret_cast<const Unaligned*>(weights);
      const FloatVector high = *reinterpret_cast<const Unaligned*>(weights + kTileChannels / 2);
      s[0][0] += p0[k] * low, s[0][1] += p0[k] * high;
      s[1][0] += p1[k] * low, s[1][1] += p1[k] * high;
      s[2][0] += p2[k] * low, s[2][1] += p2[k] * high;
      s[3][0] += p3[k] * low, s[3][1] += p3[k] * high;
      s[4][0] += p4[k] * low, s[4][1] += p4[k] * high;
      s[5][0] += p5[k] * low, s[5][1] += p5[k] * high;
    }
  }
  std::memcpy(sums, s, sizeof s);
}

}  // namespace rfmap::cpu
