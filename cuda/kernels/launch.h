#pragma once

#include <driver_types.h>

#include "kernels/types.h"

/// Launchers of the project's own kernels. Each enqueues its work on `stream` and returns the
/// launch's status at once; none allocates, synchronises or keeps state, so all can be captured in
/// a CUDA graph. Empty work is success. Sums are computed in a fixed order and depend only on the
/// sample: same input, same bits. The caller checks sizes and strides.
namespace rfmap::kernels {

[[nodiscard]] cudaError_t occlude(const Tensor& out, const Occlusion& in, cudaStream_t stream);
[[nodiscard]] cudaError_t crop(const Tensor& out, const Crop& in, cudaStream_t stream);

[[nodiscard]] cudaError_t pool(const Tensor& out, const Pooling& in, cudaStream_t stream);
/// Maximum or mean over all positions; out.h = out.w = 1.
[[nodiscard]] cudaError_t global_pool(const Tensor& out, const Tensor& in, Pool::Kind kind,
                                      cudaStream_t stream);
[[nodiscard]] cudaError_t normalise(const Tensor& out, const Normalisation& in,
                                    cudaStream_t stream);
/// `out` may be the memory of the input or of the residual.
[[nodiscard]] cudaError_t epilogue(const Tensor& out, const Epilogue& in, cudaStream_t stream);
/// `out` may be the memory of an input of its size.
[[nodiscard]] cudaError_t combine(const Tensor& out, const Combination& in, cudaStream_t stream);
[[nodiscard]] cudaError_t normalise(const Tensor& out, const NormalisedLines& in,
                                    cudaStream_t stream);
[[nodiscard]] cudaError_t softmax(const Tensor& out, const SoftmaxLines& in, cudaStream_t stream);
[[nodiscard]] cudaError_t multiply(const Tensor& out, const MatrixProduct& in, cudaStream_t stream);
[[nodiscard]] cudaError_t convolve(const Tensor& out, const Convolution& in, cudaStream_t stream);

/// Copies with conversion: concatenation (one call per input) and slices. No copy is needed where
/// another kernel reads or writes the range of channels (channels_of) directly.
[[nodiscard]] cudaError_t copy(const Tensor& out, const Box& in, cudaStream_t stream);
/// All values, converted; channels of `out` beyond those of `in` are set to 0.
[[nodiscard]] cudaError_t convert(const Tensor& out, const Tensor& in, cudaStream_t stream);
[[nodiscard]] cudaError_t fill(const Tensor& out, float value, cudaStream_t stream);
[[nodiscard]] cudaError_t pad(const Tensor& out, const Border& in, cudaStream_t stream);
[[nodiscard]] cudaError_t permute(const Tensor& out, const Permutation& in, cudaStream_t stream);
/// Same values in C, H, W order under another shape.
[[nodiscard]] cudaError_t reshape(const Tensor& out, const Tensor& in, cudaStream_t stream);
[[nodiscard]] cudaError_t shuffle(const Tensor& out, const Tensor& in, int groups,
                                  cudaStream_t stream);

/// out <- nchw [n, in_channels, h, w]; channels of `out` beyond them are set to 0.
[[nodiscard]] cudaError_t from_planes(const Tensor& out, const float* nchw, int in_channels,
                                      cudaStream_t stream);
/// nchw [n, c, h, w] <- in.
[[nodiscard]] cudaError_t to_planes(float* nchw, const Tensor& in, cudaStream_t stream);

[[nodiscard]] cudaError_t read_responses(float* out, const ResponseReads& in, cudaStream_t stream);
[[nodiscard]] cudaError_t read_extrema(plan::Extremum* out, const ExtremaReads& in,
                                       cudaStream_t stream);
[[nodiscard]] cudaError_t read_points(float* out, const PointReads& in, cudaStream_t stream);

}  // namespace rfmap::kernels
