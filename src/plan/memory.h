#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plan/program.h"

/// Memory sharing between values that are not live at the same time.
namespace rfmap::plan {

/// Steps during which something must keep its content, both inclusive; last < first: never.
struct Lifetime {
  int first = 0, last = -1;
  void touch(int step) {
    if (last < first) first = last = step;
    if (step < first) first = step;
    if (step > last) last = step;
  }
};

/// From the step that writes a value to the last that reads it.
std::vector<Lifetime> lifetimes(const Program& program);

struct Block {
  std::size_t bytes = 0;
  Lifetime live;
};

/// Offset of each block in one arena; blocks that are live at the same time do not overlap.
struct Packing {
  std::vector<std::size_t> offsets;
  std::size_t bytes = 0;
};

/// Largest blocks first, each at the lowest free offset. Offsets are multiples of `alignment`.
Packing pack(std::span<const Block> blocks, std::size_t alignment = 64);

}  // namespace rfmap::plan
