#pragma once

#include <cstdint>
#include <string_view>

namespace rfmap::run {

/// FNV-1a, 64 bits: a stream of random numbers for each name.
inline std::uint64_t hash_name(std::string_view name) {
  std::uint64_t h = 1469598103934665603ull;
  for (unsigned char c : name) h = (h ^ c) * 1099511628211ull;
  return h;
}

}  // namespace rfmap::run
