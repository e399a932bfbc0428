#pragma once

#include <cstdint>

#include "kernels/number.h"

/// How bodies of kernels are spread over threads. A body is a plain struct with an operator() for
/// one index (n, i) of a grid, or with part, join and finish for work that a warp shares.
/// spread(out, work, go), an overload for every alternative of Work and Reading, chooses the body
/// and passes it to `go` with its grid: the launcher's `go` starts a kernel, the tests' is a loop.
namespace rfmap::kernels {

/// `samples` times `volume` indices (n, i).
struct Grid {
  std::int64_t samples = 0;
  int volume = 0;
  RFMAP_HD std::int64_t total() const { return samples * volume; }
};

struct GridIndex {
  int n, i;
};

/// A 64-bit division costs a kernel more than all its other arithmetic: it is used only if the grid
/// needs it.
RFMAP_HD inline GridIndex split(const Grid& grid, std::int64_t index) {
  if (grid.total() <= 0xffffffff) {
    const auto flat = std::uint32_t(index), volume = std::uint32_t(grid.volume);
    return {int(flat / volume), int(flat % volume)};
  }
  return {int(index / grid.volume), int(index % grid.volume)};
}

constexpr int kLanes = 32;  ///< threads of a warp
constexpr int kWide = 4;    ///< channels that wide bodies process at once

/// Whether four channels of every cell can be read or written as one.
inline bool is_wide(const Tensor& t) {
  const auto address = reinterpret_cast<std::uintptr_t>(t.data);
  return t.c % kWide == 0 && t.pitch % kWide == 0 && address % (kWide * bytes_of(t.type)) == 0;
}

inline bool is_wide(const float* data) {
  return reinterpret_cast<std::uintptr_t>(data) % (kWide * sizeof(float)) == 0;
}

/// Whether there is a body for such arguments; work with limits has an overload.
template <class In>
bool is_supported(const In&) {
  return true;
}

/// One index for every V channels of every cell.
template <int V>
Grid cells_of(const Tensor& t) {
  return {t.n, t.h * t.w * (t.c / V)};
}

/// Index i of such a grid.
template <int V>
struct Place {
  int y, x, c;
  RFMAP_HD Place(const Tensor& t, int i) {
    const int chunks = t.c / V;
    const int cell = i / chunks;
    c = (i - cell * chunks) * V;
    y = cell / t.w;
    x = cell - y * t.w;
  }
};

}  // namespace rfmap::kernels
