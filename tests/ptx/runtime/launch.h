#pragma once

#include <cstdint>

#include "ptx/runtime/machine.h"

namespace rfmap::ptx {

/// Null if there is none; the one with the planted fault that was asked for, if there is one.
const Kernel* find_kernel(const char* name);

struct Grid3 {
  std::uint32_t blocks[3];
  std::uint32_t threads;
};

/// Runs all threads of a grid, one after the other, warps of waiting lanes in step.
void run_kernel(const Kernel& kernel, const Grid3& grid, void** params);

}  // namespace rfmap::ptx
