#pragma once

#include <cstddef>
#include <vector>

/// The inner product of windowed convolutions: a few pixels, at any positions, times a block of
/// output channels. It needs no copy of the inputs into a matrix, and no regular windows.
namespace rfmap::cpu {

inline constexpr int kTilePixels = 6;     // with 16 channels: 12 of AVX2's 16 registers
inline constexpr int kTileChannels = 16;  // output channels of a block of weights

/// Offsets of the inputs of an output cell from its first input: runs of `run` floats.
struct Taps {
  std::vector<std::ptrdiff_t> offsets;
  int run = 0;
  std::size_t count() const { return offsets.size() * std::size_t(run); }
};

/// sums[pixel][channel] = products of each pixel's taps and weights [tap][channel], in this order,
/// independent of the other pixels.
void multiply_tile(const Taps& taps, const float* const* pixels, const float* weights, float* sums);

}  // namespace rfmap::cpu
