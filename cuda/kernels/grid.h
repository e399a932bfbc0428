#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "kernels/number.h"

/// How bodies of kernels are spread over threads. A body is a plain struct with an operator() for
/// one index (n, i) of a grid, or with part, join and finish for work that a warp shares.
/// spread(out, work, go), an overload for every alternative of Work and Reading, chooses the body
/// and passes it to `go` with its grid: the launcher's `go` starts a kernel, the tests' is a loop.
namespace rfmap::kernels {

/// The upper half of a product.
RFMAP_HD inline std::uint32_t high_product(std::uint32_t a, std::uint32_t b) {
#ifdef __CUDA_ARCH__
  return __umulhi(a, b);
#else
  return std::uint32_t(std::uint64_t(a) * b >> 32);
#endif
}

/// Division by a number that the host knows: a kernel's own integer division takes about 20
/// instructions, this one three.
class Divisor {
 public:
  Divisor() = default;
  explicit Divisor(int d) {
    if (d <= 0) return;  // of an empty grid, which has no index to divide
    while (std::int64_t(1) << shift_ < d) ++shift_;
    factor_ = std::uint32_t(((std::uint64_t(1) << (31 + shift_)) + std::uint64_t(d) - 1) /
                            std::uint64_t(d));
  }
  /// x / d for x from 0 on.
  RFMAP_HD int divide(int x) const {
    return int(high_product(std::uint32_t(x) << 1, factor_) >> shift_);
  }

 private:
  std::uint32_t factor_ = 1u << 31;
  int shift_ = 0;
};

/// `samples` times `volume` indices (n, i).
struct Grid {
  std::int64_t samples = 0;
  int volume = 0;
  std::int64_t total() const { return samples * volume; }
};

struct GridIndex {
  int n, i;
};

/// Complete samples of a grid, so few that their indices have 31 bits: a kernel's 64-bit arithmetic
/// would cost more than the rest of its work. The samples before `first` are in other slices.
class GridSlice {
 public:
  GridSlice(const Grid& grid, std::int64_t first)
      : first_(int(first)), volume_(grid.volume), by_volume_(grid.volume) {
    const std::int64_t most = std::numeric_limits<int>::max() / grid.volume;
    total_ = unsigned(std::min(most, grid.samples - first) * grid.volume);
  }
  /// Indices [0, total).
  RFMAP_HD unsigned total() const { return total_; }
  RFMAP_HD GridIndex split(unsigned index) const {
    const int n = by_volume_.divide(int(index));
    return {first_ + n, int(index) - n * volume_};
  }
  std::int64_t samples() const { return total_ / unsigned(volume_); }

 private:
  int first_, volume_;
  unsigned total_ = 0;
  Divisor by_volume_;
};

/// Calls visit(slice) for all slices of a grid in turn, until one returns false.
template <class Visit>
void for_slices(const Grid& grid, const Visit& visit) {
  if (grid.volume <= 0) return;
  for (std::int64_t first = 0; first < grid.samples;) {
    const GridSlice slice(grid, first);
    if (!visit(slice)) return;
    first += slice.samples();
  }
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

/// V channels of one cell, from `c` on; `cell` counts the sample's cells.
template <int V>
struct Place {
  int cell, y, x, c;
};

/// The cells of a tensor's samples, V channels of each at a time.
template <int V>
class Cells {
 public:
  Cells(int channels, int width)
      : chunks_(channels / V), width_(width), by_chunks_(chunks_), by_width_(width_) {}
  explicit Cells(const Tensor& t) : Cells(t.c, t.w) {}
  /// Index i of cells_of<V>(t).
  RFMAP_HD Place<V> at(int i) const {
    const int cell = by_chunks_.divide(i), y = by_width_.divide(cell);
    return {cell, y, cell - y * width_, (i - cell * chunks_) * V};
  }

 private:
  int chunks_ = 1, width_ = 1;
  Divisor by_chunks_, by_width_;
};

}  // namespace rfmap::kernels
