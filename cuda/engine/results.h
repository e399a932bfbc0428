#pragma once

#include <cstddef>
#include <vector>

#include "plan/engine.h"

namespace rfmap::cuda {

/// Offsets of each reading step's results in one block that is copied back at once.
struct ResultLayout {
  std::vector<std::size_t> offsets;  ///< by reading step, in bytes
  std::size_t bytes = 0;
};
/// `reply` has its size.
ResultLayout lay_out_results(const plan::Program& program, plan::Reply& reply);

/// Fills the reply, which has its size, from the block. Throws EngineError naming the layer if a
/// response or an extremum is not finite.
void unpack_results(const plan::Program& program, const std::byte* block, plan::Reply& reply);

}  // namespace rfmap::cuda
