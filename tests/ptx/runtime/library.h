#pragma once

#include <cstddef>
#include <functional>

#include <driver_types.h>

/// What a library that works on streams needs of the run-time library.
namespace rfmap::ptx {

/// False while the device is lost.
bool submit_library_work(cudaStream_t stream, std::function<void()> work);

/// The name of the planted fault; empty if none is wanted.
const char* planted_fault();

/// Null, or why a library may not read or write that memory.
const char* refuse_library_read(const void* memory, std::size_t bytes);
const char* refuse_library_write(const void* memory, std::size_t bytes);

}  // namespace rfmap::ptx
