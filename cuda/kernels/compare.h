#pragma once

#include "kernels/grid.h"

/// Comparing outputs bit by bit.
namespace rfmap::kernels {

/// Words of one part of a sample that differ, counted by a warp.
template <class Word>
struct DifferingWords {
  std::uint32_t* out = nullptr;
  BitDifferences in;
  int parts = 0;

  RFMAP_HD std::uint32_t part(int n, int i, int lane) const {
    const auto* want = static_cast<const Word*>(in.want);
    const auto* got =
        reinterpret_cast<const Word*>(static_cast<const char*>(in.in) + n * in.stride);
    const std::int64_t begin = std::int64_t(i) * kComparedBytes / std::int64_t(sizeof(Word));
    const std::int64_t all = in.bytes / std::int64_t(sizeof(Word));
    const std::int64_t more = begin + kComparedBytes / std::int64_t(sizeof(Word));
    std::uint32_t differing = 0;
    for (std::int64_t w = begin + lane; w < (more < all ? more : all); w += kLanes)
      differing += got[w] != want[w];
    return differing;
  }
  RFMAP_HD std::uint32_t join(std::uint32_t a, std::uint32_t b) const { return a + b; }
  RFMAP_HD void finish(int n, int i, int lane, std::uint32_t all) const {
    if (lane == 0) out[std::int64_t(n) * parts + i] = all;
  }
};

template <class Word>
bool is_whole(const BitDifferences& in) {
  const auto address = reinterpret_cast<std::uintptr_t>(in.in) |
                       reinterpret_cast<std::uintptr_t>(in.want) | std::uintptr_t(in.bytes) |
                       std::uintptr_t(in.stride);
  return address % sizeof(Word) == 0;
}

template <class Go>
auto spread(void* out, const BitDifferences& in, const Go& go) {
  auto* counts = static_cast<std::uint32_t*>(out);
  const Grid grid{in.samples, parts_of(in.bytes)};
  if (is_whole<std::uint64_t>(in))
    return go(DifferingWords<std::uint64_t>{counts, in, grid.volume}, grid);
  return go(DifferingWords<std::uint16_t>{counts, in, grid.volume}, grid);
}

}  // namespace rfmap::kernels
