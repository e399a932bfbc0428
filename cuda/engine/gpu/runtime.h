#pragma once

#include <string>

#include <cuda_runtime_api.h>

#include "engine/device.h"

namespace rfmap::cuda {

/// Throws what a call of the CUDA run-time library said, if it was not success.
inline void check(const char* call, cudaError_t error) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // so that the next call does not say it again
  const std::string text = std::string("CUDA: ") + call + ": " + cudaGetErrorString(error) + " (" +
                           cudaGetErrorName(error) + ")";
  if (error == cudaErrorMemoryAllocation) throw MemoryFault(text);
  throw DeviceFault(text);
}

}  // namespace rfmap::cuda
