#pragma once

#include <cuda_runtime.h>

#include "kernels/grid.h"
#include "kernels/launch.h"

namespace rfmap::kernels {

constexpr int kBlock = 256;

/// One thread per index.
template <class Body>
__global__ void __launch_bounds__(kBlock) per_index(Body body, GridSlice slice) {
  const unsigned index = blockIdx.x * kBlock + threadIdx.x;
  if (index >= slice.total()) return;
  const GridIndex at = slice.split(index);
  body(at.n, at.i);
}

/// Another lane's part, word by word.
template <class Part>
__device__ Part shuffled(const Part& part, int source) {
  static_assert(sizeof(Part) % sizeof(unsigned) == 0);
  unsigned words[sizeof(Part) / sizeof(unsigned)];
  memcpy(words, &part, sizeof part);
  for (unsigned& word : words) word = __shfl_sync(0xffffffff, word, source);
  Part out;
  memcpy(&out, words, sizeof out);
  return out;
}

/// One warp per index: lanes' parts are joined as a tree; every lane gets the result.
template <class Body>
__global__ void __launch_bounds__(kBlock) per_warp(Body body, GridSlice slice) {
  const int lane = threadIdx.x % kLanes;
  const unsigned index = blockIdx.x * (kBlock / kLanes) + threadIdx.x / kLanes;
  if (index >= slice.total()) return;  // complete warps return
  const GridIndex at = slice.split(index);
  auto part = body.part(at.n, at.i, lane);
  for (int step = kLanes / 2; step > 0; step /= 2)
    part = body.join(part, shuffled(part, (lane + step) % kLanes));
  body.finish(at.n, at.i, lane, shuffled(part, 0));
}

template <class Body>
concept SharedByWarp = requires(const Body& body) {
  body.part(0, 0, 0);
};

/// Starts the kernel of a body.
struct Start {
  cudaStream_t stream;

  template <class Body>
  cudaError_t operator()(const Body& body, const Grid& grid) const {
    constexpr bool shared = SharedByWarp<Body>;
    constexpr int per_block = shared ? kBlock / kLanes : kBlock;
    cudaError_t status = cudaSuccess;
    for_slices(grid, [&](const GridSlice& slice) {
      const unsigned blocks = (slice.total() + per_block - 1) / per_block;
      if constexpr (shared)
        per_warp<<<blocks, kBlock, 0, stream>>>(body, slice);
      else
        per_index<<<blocks, kBlock, 0, stream>>>(body, slice);
      status = cudaGetLastError();
      return status == cudaSuccess;
    });
    return status;
  }
};

template <class Out, class In>
cudaError_t launch(const Out& out, const In& in, cudaStream_t stream) {
  return is_supported(in) ? spread(out, in, Start{stream}) : cudaErrorInvalidValue;
}

}  // namespace rfmap::kernels
