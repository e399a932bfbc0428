#include "kernels/blocks.h"
#include "kernels/crop.h"
#include "kernels/gather.h"
#include "kernels/images.h"
#include "kernels/launch.cuh"
#include "kernels/rearrange.h"
#include "kernels/resample.h"

namespace rfmap::kernels {

template cudaError_t launch(const Tensor&, const Occlusion&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Crop&, cudaStream_t);
template cudaError_t launch(const Tensor&, const ImageBlocks&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Box&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Border&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Rearrangement&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Conversion&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Reshaping&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Resampling&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Gathering&, cudaStream_t);
template cudaError_t launch(const Tensor&, const FromPlanes&, cudaStream_t);
template cudaError_t launch(void* const&, const ToPlanes&, cudaStream_t);

}  // namespace rfmap::kernels
