#include "kernels/crop.h"
#include "kernels/images.h"
#include "kernels/launch.cuh"
#include "kernels/rearrange.h"

namespace rfmap::kernels {

cudaError_t occlude(const Tensor& out, const Occlusion& in, cudaStream_t stream) {
  return occlude_with(out, in, Launch{stream});
}

cudaError_t crop(const Tensor& out, const Crop& in, cudaStream_t stream) {
  return crop_with(out, in, Launch{stream});
}

cudaError_t copy(const Tensor& out, const Box& in, cudaStream_t stream) {
  return copy_with(out, in, Launch{stream});
}

cudaError_t convert(const Tensor& out, const Tensor& in, cudaStream_t stream) {
  return convert_with(out, in, Launch{stream});
}

cudaError_t fill(const Tensor& out, float value, cudaStream_t stream) {
  return fill_with(out, value, Launch{stream});
}

cudaError_t pad(const Tensor& out, const Border& in, cudaStream_t stream) {
  return pad_with(out, in, Launch{stream});
}

cudaError_t permute(const Tensor& out, const Permutation& in, cudaStream_t stream) {
  return permute_with(out, in, Launch{stream});
}

cudaError_t reshape(const Tensor& out, const Tensor& in, cudaStream_t stream) {
  return reshape_with(out, in, Launch{stream});
}

cudaError_t shuffle(const Tensor& out, const Tensor& in, int groups, cudaStream_t stream) {
  return shuffle_with(out, in, groups, Launch{stream});
}

cudaError_t from_planes(const Tensor& out, const float* nchw, int in_channels,
                        cudaStream_t stream) {
  return from_planes_with(out, nchw, in_channels, Launch{stream});
}

cudaError_t to_planes(float* nchw, const Tensor& in, cudaStream_t stream) {
  return to_planes_with(nchw, in, Launch{stream});
}

}  // namespace rfmap::kernels
