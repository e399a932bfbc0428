#include "ptx/runtime/library.h"

#include "ptx/runtime/calls.h"
#include "ptx/runtime/memory.h"
#include "ptx/runtime/settings.h"

namespace rfmap::ptx {

bool submit_library_work(cudaStream_t stream, std::function<void()> work) {
  const auto lock = one_at_a_time();
  if (state_of_device() != cudaSuccess) return false;
  stream_of(stream).submit({std::move(work), {}});
  return true;
}

const char* planted_fault() { return settings().fault.c_str(); }

const char* refuse_library_read(const void* memory, std::size_t bytes) {
  if (room(memory) < bytes) return "reads outside of its tensor's memory";
  if (!is_written(memory, bytes)) return "reads memory that nobody wrote";
  return nullptr;
}

const char* refuse_library_write(const void* memory, std::size_t bytes) {
  return room(memory) < bytes ? "writes outside of its tensor's memory" : nullptr;
}

}  // namespace rfmap::ptx
