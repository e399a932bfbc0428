#include "kernels/launch.cuh"
#include "kernels/reads.h"

namespace rfmap::kernels {
using namespace plan;

cudaError_t read_responses(float* out, const ResponseReads& in, cudaStream_t stream) {
  return read_responses_with(out, in, Launch{stream});
}

cudaError_t read_extrema(Extremum* out, const ExtremaReads& in, cudaStream_t stream) {
  return read_extrema_with(out, in, Launch{stream});
}

cudaError_t read_points(float* out, const PointReads& in, cudaStream_t stream) {
  return read_points_with(out, in, Launch{stream});
}

}  // namespace rfmap::kernels
