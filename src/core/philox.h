#pragma once

#include <array>
#include <cstdint>

namespace rfmap::core {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers, SC 2011): all four words.
std::array<std::uint32_t, 4> philox_block(std::array<std::uint32_t, 4> counter,
                                          std::array<std::uint32_t, 2> key);

}  // namespace rfmap::core
