#include "kernels/launch.cuh"
#include "kernels/lines.h"
#include "kernels/normalise.h"
#include "kernels/pointwise.h"
#include "kernels/pooling.h"
#include "kernels/products.h"

namespace rfmap::kernels {

cudaError_t pool(const Tensor& out, const Pooling& in, cudaStream_t stream) {
  return pool_with(out, in, Launch{stream});
}

cudaError_t global_pool(const Tensor& out, const Tensor& in, Pool::Kind kind, cudaStream_t stream) {
  return global_pool_with(out, in, kind, Launch{stream});
}

cudaError_t normalise(const Tensor& out, const Normalisation& in, cudaStream_t stream) {
  if (in.size < 1 || in.size > kLargestNormalisation) return cudaErrorInvalidValue;
  return normalise_with(out, in, Launch{stream});
}

cudaError_t epilogue(const Tensor& out, const Epilogue& in, cudaStream_t stream) {
  return epilogue_with(out, in, Launch{stream});
}

cudaError_t combine(const Tensor& out, const Combination& in, cudaStream_t stream) {
  if (in.count < 1 || in.count > kMostInputs) return cudaErrorInvalidValue;
  return combine_with(out, in, Launch{stream});
}

cudaError_t softmax(const Tensor& out, const SoftmaxLines& in, cudaStream_t stream) {
  return softmax_with(out, in, Launch{stream});
}

cudaError_t normalise(const Tensor& out, const NormalisedLines& in, cudaStream_t stream) {
  return normalise_with(out, in, Launch{stream});
}

cudaError_t multiply(const Tensor& out, const MatrixProduct& in, cudaStream_t stream) {
  return multiply_with(out, in, Launch{stream});
}

cudaError_t convolve(const Tensor& out, const Convolution& in, cudaStream_t stream) {
  return convolve_with(out, in, Launch{stream});
}

}  // namespace rfmap::kernels
