#pragma once

#include <cstddef>
#include <vector>

#include "rfmap/engine.h"

namespace rfmap::cuda {

/// Where each reading step's results stand in one block that comes back in one copy.
struct ResultLayout {
  std::vector<std::size_t> offsets;  ///< by reading step, in bytes
  std::size_t bytes = 0;
};
ResultLayout lay_out_results(const Program& program, const Call& call);

/// Fills the reply, which has its size, from the block. Throws EngineError naming the layer where a
/// response or an extremum is not finite.
void unpack_results(const Program& program, const std::byte* block,
                    const std::vector<std::size_t>& offsets, Reply& reply);

}  // namespace rfmap::cuda
