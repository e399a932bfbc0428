#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/types.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif

/// Numbers of a tensor of any storage type, as floats. The host's conversions round to nearest
/// even, as the device's do.
namespace rfmap::kernels {

/// V neighbouring channels of one cell.
template <int V>
struct Vec {
  float v[V];
};

template <int V>
RFMAP_HD Vec<V> splat(float value) {
  Vec<V> out;
  for (int i = 0; i < V; ++i) out.v[i] = value;
  return out;
}

inline std::uint32_t bits_of(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline float float_of(std::uint32_t bits) {
  float x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

inline float from_f16(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t(half & 0x8000) << 16, rest = half & 0x7fff;
  if (rest >= 0x7c00) return float_of(sign | 0x7f800000 | (rest & 0x3ff) << 13);
  if (rest >= 0x400) return float_of(sign | ((rest << 13) + 0x38000000));
  return float_of(sign | bits_of(float(rest) * 0x1p-24f));
}

inline std::uint16_t to_f16(float x) {
  const std::uint32_t bits = bits_of(x), rest = bits & 0x7fffffff;
  const auto sign = std::uint16_t(bits >> 16 & 0x8000);
  if (rest > 0x7f800000) return 0x7fff;
  if (rest >= 0x477ff000) return sign | 0x7c00;  // rounds to 65536 or more
  // Below 2^-14 the step is 2^-24, that of floats between 0.5 and 1.
  if (rest < 0x38800000)
    return sign | std::uint16_t(bits_of(float_of(rest) + 0.5f) - bits_of(0.5f));
  return sign | std::uint16_t((rest - 0x38000000 + 0xfff + (rest >> 13 & 1)) >> 13);
}

inline float from_bf16(std::uint16_t bits) { return float_of(std::uint32_t(bits) << 16); }

inline std::uint16_t to_bf16(float x) {
  const std::uint32_t bits = bits_of(x);
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fff;
  return std::uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

RFMAP_HD inline float widen(std::uint16_t bits, DType type) {
#ifdef __CUDA_ARCH__
  return type == DType::f16 ? __half2float(__ushort_as_half(bits))
                            : __bfloat162float(__ushort_as_bfloat16(bits));
#else
  return type == DType::f16 ? from_f16(bits) : from_bf16(bits);
#endif
}

RFMAP_HD inline std::uint16_t narrow(float x, DType type) {
#ifdef __CUDA_ARCH__
  return type == DType::f16 ? __half_as_ushort(__float2half_rn(x))
                            : __bfloat16_as_ushort(__float2bfloat16_rn(x));
#else
  return type == DType::f16 ? to_f16(x) : to_bf16(x);
#endif
}

/// Loaded and stored as one access.
template <class T, int V>
struct alignas(sizeof(T) * V) Pack {
  T v[V];
};

// NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): short arrays that the next loop fills
template <int V>
RFMAP_HD Vec<V> load_floats(const float* data) {
  const auto pack = *reinterpret_cast<const Pack<float, V>*>(data);
  Vec<V> out;
  for (int i = 0; i < V; ++i) out.v[i] = pack.v[i];
  return out;
}

/// Elements at .. at + V - 1 of a tensor's memory.
template <int V>
RFMAP_HD Vec<V> load(const Tensor& from, std::int64_t at) {
  if (from.type == DType::f32) return load_floats<V>(static_cast<const float*>(from.data) + at);
  const auto* halves = static_cast<const std::uint16_t*>(from.data) + at;
  const auto pack = *reinterpret_cast<const Pack<std::uint16_t, V>*>(halves);
  Vec<V> out;
  for (int i = 0; i < V; ++i) out.v[i] = widen(pack.v[i], from.type);
  return out;
}

template <int V>
RFMAP_HD void store(const Tensor& to, std::int64_t at, const Vec<V>& values) {
  if (to.type == DType::f32) {
    Pack<float, V> pack;
    for (int i = 0; i < V; ++i) pack.v[i] = values.v[i];
    *reinterpret_cast<Pack<float, V>*>(static_cast<float*>(to.data) + at) = pack;
    return;
  }
  Pack<std::uint16_t, V> pack;
  for (int i = 0; i < V; ++i) pack.v[i] = narrow(values.v[i], to.type);
  *reinterpret_cast<Pack<std::uint16_t, V>*>(static_cast<std::uint16_t*>(to.data) + at) = pack;
}

// NOLINTEND(cppcoreguidelines-pro-type-member-init)

RFMAP_HD inline float load_one(const Tensor& from, std::int64_t at) {
  return load<1>(from, at).v[0];
}

RFMAP_HD inline void store_one(const Tensor& to, std::int64_t at, float value) {
  store<1>(to, at, Vec<1>{{value}});
}

/// Element of channel 0 of a cell.
RFMAP_HD inline std::int64_t cell_at(const Tensor& t, int n, int y, int x) {
  return ((std::int64_t(n) * t.h + y) * t.w + x) * t.pitch;
}

RFMAP_HD inline bool holds(const Tensor& t, int y, int x) {
  return y >= 0 && y < t.h && x >= 0 && x < t.w;
}

}  // namespace rfmap::kernels
