#include "kernels/launch.cuh"
#include "kernels/lines.h"
#include "kernels/normalise.h"
#include "kernels/pointwise.h"
#include "kernels/pooling.h"
#include "kernels/products.h"
#include "kernels/reduce.h"

namespace rfmap::kernels {

template cudaError_t launch(const Tensor&, const Pooling&, cudaStream_t);
template cudaError_t launch(const Tensor&, const ResponseNormalisation&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Epilogue&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Combination&, cudaStream_t);
template cudaError_t launch(const Tensor&, const SoftmaxLines&, cudaStream_t);
template cudaError_t launch(const Tensor&, const NormalisedLines&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Reduction&, cudaStream_t);
template cudaError_t launch(const Tensor&, const MatrixProduct&, cudaStream_t);
template cudaError_t launch(const Tensor&, const Convolution&, cudaStream_t);

}  // namespace rfmap::kernels
