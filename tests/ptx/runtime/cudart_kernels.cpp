#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "ptx/runtime/calls.h"
#include "ptx/runtime/launch.h"

// What the host code that nvcc makes calls to register and start kernels.
using namespace rfmap::ptx;

namespace {

struct Configuration {
  dim3 grid, block;
  std::size_t shared;
  void* stream;
};
thread_local std::vector<Configuration> t_configurations;

std::map<const void*, const char*>& names() {  // by the host's function
  static auto& all = *new std::map<const void*, const char*>;
  return all;
}

constexpr unsigned kMostBlocks = 0x7fffffff, kMostBlocksAcross = 65535;

bool is_valid(const Kernel& kernel, const dim3& grid, const dim3& block, std::size_t shared) {
  return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= kMostBlocks &&
         grid.y <= kMostBlocksAcross && grid.z <= kMostBlocksAcross && block.x > 0 &&
         block.y == 1 && block.z == 1 && int(block.x) <= kernel.most_threads && shared == 0 &&
         (!kernel.run_lane || block.x % Warp::kLanes == 0);
}

/// Copied when the kernel is started.
std::vector<std::vector<std::byte>> parameters(const Kernel& kernel, void** arguments) {
  std::vector<std::vector<std::byte>> copies;
  for (std::size_t i = 0; i < kernel.sizes.size(); ++i) {
    const auto* first = static_cast<const std::byte*>(arguments[i]);
    copies.emplace_back(first, first + kernel.sizes[i]);
  }
  return copies;
}

}  // namespace

extern "C" {

void** __cudaRegisterFatBinary(void*) {
  static void* handle;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
void __cudaRegisterFunction(void**, const char* function, char*, const char* name, int, uint3*,
                            uint3*, dim3*, dim3*, int*) {
  names()[function] = name;
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared, void* stream) {
  t_configurations.push_back({grid, block, shared, stream});
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared, void* stream) {
  const Configuration c = t_configurations.back();
  t_configurations.pop_back();
  *grid = c.grid, *block = c.block, *shared = c.shared;
  *static_cast<void**>(stream) = c.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* handle, const void* function) {
  const Kernel* kernel = names().count(function) ? find_kernel(names()[function]) : nullptr;
  if (!kernel) {
    std::fprintf(stderr, "ptx: a kernel that was not translated\n");
    std::abort();
  }
  *handle = reinterpret_cast<cudaKernel_t>(const_cast<Kernel*>(kernel));
  return cudaSuccess;
}

cudaError_t __cudaLaunchKernel(cudaKernel_t handle, dim3 grid, dim3 block, void** arguments,
                               std::size_t shared, cudaStream_t stream) {
  const auto lock = one_at_a_time();
  const auto& kernel = *reinterpret_cast<const Kernel*>(handle);
  if (stream_of(stream).device() != current_device())
    return answer(cudaErrorInvalidResourceHandle, "a kernel on a stream of another device");
  if (!is_valid(kernel, grid, block, shared))
    return answer(cudaErrorInvalidConfiguration, "a kernel's grid is invalid");
  if (const auto lost = count_work()) return lost;
  const Grid3 size{{grid.x, grid.y, grid.z}, block.x};
  stream_of(stream).submit({[&kernel, size, copies = parameters(kernel, arguments)]() mutable {
                              std::vector<void*> pointers;
                              for (auto& copy : copies) pointers.push_back(copy.data());
                              run_kernel(kernel, size, pointers.data());
                            },
                            {}});
  return cudaSuccess;
}

}  // extern "C"
