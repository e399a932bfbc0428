#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "ptx/runtime/calls.h"
#include "ptx/runtime/launch.h"
#include "ptx/runtime/memory.h"
#include "ptx/runtime/settings.h"

// Devices, memory and copies of the CUDA run-time library, on the host.
using namespace rfmap::ptx;

namespace {

[[noreturn]] void end(const char* what) {
  std::fprintf(stderr, "ptx: %s\n", what);
  std::abort();
}

void check_range(const void* memory, std::size_t bytes, const char* what) {
  if (bytes > 0 && room(memory) < bytes) end(what);
}

/// What a copy does when its turn comes.
void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (kind != cudaMemcpyHostToDevice) check_range(from, bytes, "a copy from outside of all memory");
  if (kind != cudaMemcpyDeviceToHost) check_range(to, bytes, "a copy to outside of all memory");
  std::memmove(to, from, bytes);
  if (kind == cudaMemcpyHostToDevice) mark_written(to, bytes);
  if (kind == cudaMemcpyDeviceToDevice) copy_marks(to, from, bytes);
}

/// Memory of the program is copied before the call returns, and that is not allowed in a capture.
cudaError_t copy_pageable(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                          Stream& stream) {
  if (stream.is_captured()) {
    stream.spoil();
    return answer(cudaErrorStreamCaptureUnsupported, "pageable memory is copied in a capture");
  }
  if (kind == cudaMemcpyHostToDevice) {
    const auto* first = static_cast<const std::byte*>(from);
    const std::vector<std::byte> staged(first, first + bytes);
    stream.submit({[=] { copy(to, staged.data(), bytes, kind); }, {}});
  } else {
    stream.submit({[=] { copy(to, from, bytes, kind); }, {}});
    stream.run_all();
  }
  return cudaSuccess;
}

}  // namespace

extern "C" {

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || device >= settings().devices) return answer(cudaErrorInvalidDevice);
  *properties = {};
  std::strcpy(properties->name, "H200 of tests/ptx");
  properties->major = 9;
  properties->multiProcessorCount = 132;
  properties->totalGlobalMem = total_memory();
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  *total = total_memory();
  *free = *total - used_memory();
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  if (const auto refused = refuse_in_capture("memory is allocated in a capture")) return refused;
  *memory = allocate_device(bytes);
  return *memory ? cudaSuccess : answer(cudaErrorMemoryAllocation);
}

cudaError_t cudaFree(void* memory) {
  const auto lock = one_at_a_time();
  if (!memory) return cudaSuccess;
  if (const auto refused = refuse_in_capture("memory is freed in a capture")) return refused;
  run_everything();
  if (!release_device(memory)) end("cudaFree of what is no block");
  return state_of_device();
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  if (const auto refused = refuse_in_capture("host memory is locked in a capture")) return refused;
  *memory = allocate_host(bytes);
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  const auto lock = one_at_a_time();
  if (!memory) return cudaSuccess;
  if (const auto refused = refuse_in_capture("host memory is freed in a capture")) return refused;
  run_everything();
  if (!release_host(memory)) end("cudaFreeHost of what is no block");
  return state_of_device();
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t handle) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  Stream& stream = stream_of(handle);
  const void* host = kind == cudaMemcpyHostToDevice ? from : to;
  if (kind != cudaMemcpyDeviceToDevice && !is_page_locked(host))
    return copy_pageable(to, from, bytes, kind, stream);
  stream.submit({[=] { copy(to, from, bytes, kind); }, {}});
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  stream_of(stream).submit({[=] {
                              check_range(memory, bytes, "a memset outside of all memory");
                              std::memset(memory, value, bytes);
                              mark_written(memory, bytes);
                            },
                            {}});
  return cudaSuccess;
}

}  // extern "C"
