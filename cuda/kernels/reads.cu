#include "kernels/compare.h"
#include "kernels/launch.cuh"
#include "kernels/reads.h"

namespace rfmap::kernels {

template cudaError_t launch(void* const&, const ResponseReads&, cudaStream_t);
template cudaError_t launch(void* const&, const ExtremaReads&, cudaStream_t);
template cudaError_t launch(void* const&, const PointReads&, cudaStream_t);
template cudaError_t launch(void* const&, const BitDifferences&, cudaStream_t);

}  // namespace rfmap::kernels
