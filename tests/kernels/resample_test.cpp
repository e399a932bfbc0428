#include "kernels/resample.h"

#include "one_layer.h"
#include "taps.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

Taps taps_of(const AxisTaps& taps) {
  if (!taps.index) return {};
  return {taps.index->data(), taps.weight->data(), taps.width};
}

TEST(KernelResample, EqualsTheReference) {
  Draw draw(21);
  for (const Shape& shape : kShapes)
    for (int which = 0; which < 4; ++which) {
      Resample op;
      if (which != 1) op.y = axis_taps(drawn_taps(draw, shape.h, 1 + draw.below(7), 3));
      if (which != 2) op.x = axis_taps(drawn_taps(draw, shape.w, 1 + draw.below(7), 4));
      const auto launch = [&](const Tensor& out, const Tensor& in) {
        spread(out, Resampling{in, taps_of(op.y), taps_of(op.x)}, HostLoop{});
      };
      expect_operation(op, shape, launch, 1e-5f);
    }
}

}  // namespace
