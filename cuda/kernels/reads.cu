#include "kernels/launch.cuh"
#include "kernels/reads.h"
#include "kernels/topk.h"

namespace rfmap::kernels {

cudaError_t read_responses(float* out, const ResponseReads& in, cudaStream_t stream) {
  return read_responses_with(out, in, Launch{stream});
}

cudaError_t read_extrema(Extremum* out, const ExtremaReads& in, cudaStream_t stream) {
  return read_extrema_with(out, in, Launch{stream});
}

cudaError_t read_points(float* out, const PointReads& in, cudaStream_t stream) {
  return read_points_with(out, in, Launch{stream});
}

cudaError_t clear_top_k(DevicePeak* best, int entries, cudaStream_t stream) {
  return clear_top_k_with(best, entries, Launch{stream});
}

cudaError_t offer_top_k(DevicePeak* best, const TopK& in, cudaStream_t stream) {
  return offer_top_k_with(best, in, Launch{stream});
}

}  // namespace rfmap::kernels
