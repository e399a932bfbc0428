#pragma once

#include <memory>
#include <source_location>
#include <string>
#include <type_traits>

#include <cuda_runtime_api.h>

#include "engine/device.h"

namespace rfmap::cuda {

/// Throws what a call of the CUDA run-time library said, if it was not success, and where it
/// stands.
inline void check(cudaError_t error, std::source_location at = std::source_location::current()) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // so that the next call does not say it again
  const std::string file = at.file_name();
  const std::string text = std::string("CUDA: ") + cudaGetErrorString(error) + " (" +
                           cudaGetErrorName(error) + ", " + file.substr(file.rfind('/') + 1) + ":" +
                           std::to_string(at.line()) + ")";
  if (error == cudaErrorMemoryAllocation) throw MemoryFault(text);
  throw DeviceFault(text);
}

/// Gives a handle back. Errors are ignored: a destructor cannot report them.
template <auto Destroy>
struct Close {
  template <class Handle>
  void operator()(Handle handle) const noexcept {
    static_cast<void>(Destroy(handle));
  }
};
template <class Handle, auto Destroy>
using Owner = std::unique_ptr<std::remove_pointer_t<Handle>, Close<Destroy>>;

using Stream = Owner<cudaStream_t, cudaStreamDestroy>;
using Event = Owner<cudaEvent_t, cudaEventDestroy>;
using ExecutableGraph = Owner<cudaGraphExec_t, cudaGraphExecDestroy>;

inline Stream make_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return Stream(stream);
}

inline Event make_event(unsigned flags = cudaEventDisableTiming) {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, flags));
  return Event(event);
}

}  // namespace rfmap::cuda
