#include "ptx/runtime/calls.h"

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>

#include "ptx/runtime/settings.h"

namespace rfmap::ptx {
namespace {

cudaError_t g_last = cudaSuccess, g_lost = cudaSuccess;
thread_local int t_device = 0;

}  // namespace

std::lock_guard<std::recursive_mutex> one_at_a_time() {
  static auto& mutex = *new std::recursive_mutex;
  return std::lock_guard(mutex);
}

cudaError_t answer(cudaError_t error, const char* reason) {
  static auto& told = *new std::set<std::string>;
  if (error == cudaSuccess) return error;
  g_last = error;
  if (reason && told.insert(reason).second) std::fprintf(stderr, "ptx: %s\n", reason);
  return error;
}

cudaError_t state_of_device() { return answer(g_lost); }

void lose_device() {
  g_lost = cudaErrorIllegalAddress;
  forget_everything();
}

cudaError_t count_work() {
  long& left = settings().lost_after;
  if (left == 0) lose_device();
  if (left >= 0) --left;
  return state_of_device();
}

int current_device() { return t_device; }

Stream& stream_of(cudaStream_t stream) {
  if (!stream) std::fprintf(stderr, "ptx: the default stream is used\n"), std::abort();
  return *reinterpret_cast<Stream*>(stream);
}

cudaError_t refuse_in_capture(const char* reason) {
  bool captured = false;
  for (const auto& stream : streams()) {
    if (!stream->is_captured()) continue;
    stream->spoil();
    captured = true;
  }
  return captured ? answer(cudaErrorStreamCaptureUnsupported, reason) : cudaSuccess;
}

}  // namespace rfmap::ptx

using namespace rfmap::ptx;

extern "C" {

cudaError_t cudaGetLastError() { return std::exchange(g_last, cudaSuccess); }

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorIllegalAddress:
      return "cudaErrorIllegalAddress";
    default:
      return "an error of tests/ptx";
  }
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    default:
      return "a call that tests/ptx refuses";
  }
}

cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= settings().devices) return answer(cudaErrorInvalidDevice);
  t_device = device;
  return state_of_device();
}
cudaError_t cudaGetDevice(int* device) {
  *device = t_device;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = settings().devices;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

}  // extern "C"
