#pragma once

#include <functional>
#include <mutex>

#include <cuda_runtime_api.h>

#include "ptx/runtime/streams.h"

/// What the functions that stand for CUDA's have in common.
namespace rfmap::ptx {

/// Held by every call.
std::lock_guard<std::recursive_mutex> one_at_a_time();

/// Keeps an error for cudaGetLastError; a reason is printed once.
cudaError_t answer(cudaError_t error, const char* reason = nullptr);
/// cudaSuccess, or that of a device that is lost.
cudaError_t state_of_device();
void lose_device();
/// Before a kernel or a graph is started: state_of_device(), after those that may still run.
cudaError_t count_work();

int current_device();
/// Ends the program for the default stream, which the engine does not use.
Stream& stream_of(cudaStream_t stream);
/// While a stream is captured, such a call spoils it.
cudaError_t refuse_in_capture(const char* reason);

}  // namespace rfmap::ptx
