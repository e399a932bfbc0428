#include "engine/operations.h"

namespace rfmap::cuda {

kernels::Taps on_device(Builder& builder, const AxisTaps& taps) {
  if (!taps.index) return {};
  return {builder.constants.numbers(*taps.index), builder.constants.plain(taps.weight), taps.width};
}

int resample(Builder& builder, const Resample& op, const Job& job) {
  return map(builder, job,
             kernels::Resampling{{}, on_device(builder, op.y), on_device(builder, op.x)});
}

}  // namespace rfmap::cuda
