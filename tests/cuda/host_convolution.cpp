#include "cuda/host_convolution.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/number.h"

namespace rfmap::cuda {
namespace {

/// Numbers of a library's tensor, as floats.
std::vector<float> floats(const void* data, kernels::DType type, std::size_t count) {
  const Tensor tensor{const_cast<void*>(data), type, 1, 1, 1, 1, 1};
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = kernels::load_one(tensor, std::int64_t(i));
  return out;
}

/// Rounds as tensor cores do with fp32 inputs: ten bits of mantissa, to nearest.
void round_to_tf32(std::vector<float>& values) {
  for (float& value : values)
    if (std::isfinite(value))
      value = std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + 0x1000u) & 0xffffe000u);
}

struct Operands {
  std::vector<float> in, weights, bias, residual;
};

float value_at(const ConvolutionProblem& p, const Operands& x, int n, int y, int x0, int o) {
  const int depth = p.in.c / p.groups, first = o / (p.out.c / p.groups) * depth;
  float sum = 0;
  for (int ky = 0; ky < p.kernel.h; ++ky) {
    const int iy = y * p.stride.h - p.pad.top + ky * p.dilation.h;
    if (iy < 0 || iy >= p.in.h) continue;
    for (int kx = 0; kx < p.kernel.w; ++kx) {
      const int ix = x0 * p.stride.w - p.pad.left + kx * p.dilation.w;
      if (ix < 0 || ix >= p.in.w) continue;
      const float* in =
          x.in.data() + ((std::size_t(n) * p.in.h + iy) * p.in.w + ix) * p.in.c + first;
      const float* weights =
          x.weights.data() + ((std::size_t(o) * p.kernel.h + ky) * p.kernel.w + kx) * depth;
#pragma omp simd reduction(+ : sum)
      for (int c = 0; c < depth; ++c) sum += in[c] * weights[c];
    }
  }
  return sum;
}

void convolve(const ConvolutionProblem& p, const ConvolutionArguments& a, bool rounds) {
  const kernels::DType type = storage_of(p.precision);
  Operands x;
  x.in = floats(a.in, type, p.batch * p.in.volume());
  x.weights =
      floats(a.weights, type, std::size_t(p.out.c) * p.kernel.h * p.kernel.w * (p.in.c / p.groups));
  if (p.precision == Precision::tf32 && rounds) {
    round_to_tf32(x.in);
    round_to_tf32(x.weights);
  }
  if (p.residual) x.residual = floats(a.residual, type, p.batch * p.out.volume());
  x.bias = floats(a.bias, type, p.out.c);
  const Tensor out{a.out, type, 1, 1, 1, 1, 1};
  const int cells = p.batch * int(p.out.area());
#pragma omp parallel for schedule(static)
  for (int cell = 0; cell < cells; ++cell) {
    const int n = cell / int(p.out.area()), i = cell % int(p.out.area());
    for (int o = 0; o < p.out.c; ++o) {
      const std::size_t at = std::size_t(cell) * p.out.c + o;
      float value = value_at(p, x, n, i / p.out.w, i % p.out.w, o) + x.bias[o];
      if (p.residual) value += x.residual[at];
      if (p.relu && value < 0) value = 0;
      kernels::store_one(out, std::int64_t(at), value);
    }
  }
}

}  // namespace

void HostConvolution::run(const ConvolutionArguments& arguments) {
  for (const void* pointer : {arguments.in, arguments.weights, arguments.residual,
                              static_cast<const void*>(arguments.out)})
    if (reinterpret_cast<std::uintptr_t>(pointer) % 16 != 0)
      throw DeviceFault("a tensor is not aligned to 16 bytes");
  device_.enqueue([=, problem = problem_, rounds = device_.rounds()] {
    std::memset(arguments.workspace, 0xff, 1000);
    convolve(problem, arguments, rounds);
  });
}

}  // namespace rfmap::cuda
