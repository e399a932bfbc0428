#include <algorithm>
#include <array>

#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

/// Sum of products in a fixed order that a compiler can spread over vector lanes.
float dot(const float* a, const float* b, std::size_t n) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (float part : sums) sum += part;
  return sum;
}

}  // namespace

Kernels forward(Tape& tape, const FullyConnected& op, int node) {
  const std::size_t n = tape.input(node, 0).shape.volume();
  return forward_plain(tape, node, [op, n](const float* from, float* to) {
#pragma omp parallel for schedule(static)
    for (int o = 0; o < op.out; ++o)
      to[o] = dot(op.weights->data() + o * n, from, n) + (op.bias ? (*op.bias)[o] : 0.f);
  });
}

/// The transposed product: rows of weights times their gradients, added up.
Kernels backward(Tape& tape, const FullyConnected& op, int node) {
  const Shape &in = tape.input(node, 0).shape, &out = tape.at(node).shape;
  const auto work = [op, n = in.volume()](const float* gradient, float* sums) {
    constexpr std::size_t kBlock = 1024;
    const int blocks = int((n + kBlock - 1) / kBlock);
#pragma omp parallel for schedule(static)
    for (int block = 0; block < blocks; ++block) {
      const std::size_t begin = block * kBlock, end = std::min(begin + kBlock, n);
      std::fill(sums + begin, sums + end, 0.f);
      for (int o = 0; o < op.out; ++o) {
        const float g = gradient[o];
        if (g == 0) continue;
        const float* row = op.weights->data() + o * n;
        for (std::size_t i = begin; i < end; ++i) sums[i] += g * row[i];
      }
    }
  };
  return backward_in(tape, node, plain(out), plain(in), {}, work);
}

}  // namespace rfmap::gradient
