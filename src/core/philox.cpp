#include "core/philox.h"

#include "rfmap/occlusion.h"

namespace rfmap {

std::array<std::uint32_t, 4> core::philox_block(std::array<std::uint32_t, 4> c,
                                                std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMultiply0 = 0xD2511F53, kMultiply1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = kMultiply0 * c[0], p1 = kMultiply1 * c[2];
    c = {std::uint32_t(p1 >> 32) ^ c[1] ^ key[0], std::uint32_t(p1),
         std::uint32_t(p0 >> 32) ^ c[3] ^ key[1], std::uint32_t(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return c;
}

std::uint32_t philox(const std::uint32_t counter[4], const std::uint32_t key[2]) {
  return core::philox_block({counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]})[0];
}

}  // namespace rfmap
