#pragma once

#include <driver_types.h>

#include "kernels/types.h"

namespace rfmap::kernels {

/// Starts the kernel of one alternative of Work (`out` is a Tensor) or Reading (a void*). Enqueues
/// its work on `stream` and returns the launch's status at once; it does not allocate, synchronise
/// or keep state, so it can be captured in a CUDA graph. Empty work is success. Sums are computed
/// in a fixed order and depend only on the sample: same input, same bits. The caller checks sizes
/// and strides.
template <class Out, class In>
[[nodiscard]] cudaError_t launch(const Out& out, const In& in, cudaStream_t stream);

}  // namespace rfmap::kernels
