#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/types.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif
#ifdef __CUDA_ARCH__  // g++ does not know it, not even below nvcc
#define RFMAP_UNROLL _Pragma("unroll")
#else
#define RFMAP_UNROLL
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

template <DType T>
using Stored = std::conditional_t<T == DType::f32, float, std::uint16_t>;

/// V numbers of a storage type that is known when a kernel is compiled.
template <DType T, int V>
RFMAP_HD Vec<V> load_as(const Stored<T>* data) {
  if constexpr (T == DType::f32) {
    return load_floats<V>(data);
  } else {
    const auto pack = *reinterpret_cast<const Pack<std::uint16_t, V>*>(data);
    Vec<V> out;
    for (int i = 0; i < V; ++i) out.v[i] = widen(pack.v[i], T);
    return out;
  }
}

template <DType T, int V>
RFMAP_HD void store_as(Stored<T>* data, const Vec<V>& values) {
  Pack<Stored<T>, V> pack;
  for (int i = 0; i < V; ++i) {
    if constexpr (T == DType::f32)
      pack.v[i] = values.v[i];
    else
      pack.v[i] = narrow(values.v[i], T);
  }
  *reinterpret_cast<Pack<Stored<T>, V>*>(data) = pack;
}

/// Elements at .. at + V - 1 of a tensor's memory.
template <int V>
RFMAP_HD Vec<V> load(const Tensor& from, std::int64_t at) {
  if (from.type == DType::f32)
    return load_as<DType::f32, V>(static_cast<const float*>(from.data) + at);
  const auto* halves = static_cast<const std::uint16_t*>(from.data) + at;
  return from.type == DType::f16 ? load_as<DType::f16, V>(halves) : load_as<DType::bf16, V>(halves);
}

template <int V>
RFMAP_HD void store(const Tensor& to, std::int64_t at, const Vec<V>& values) {
  if (to.type == DType::f32) return store_as<DType::f32>(static_cast<float*>(to.data) + at, values);
  auto* halves = static_cast<std::uint16_t*>(to.data) + at;
  if (to.type == DType::f16) return store_as<DType::f16>(halves, values);
  store_as<DType::bf16>(halves, values);
}

/// Calls `go` with the storage type as a std::integral_constant.
template <class Go>
auto with_type(DType type, const Go& go) {
  if (type == DType::f32) return go(std::integral_constant<DType, DType::f32>{});
  if (type == DType::f16) return go(std::integral_constant<DType, DType::f16>{});
  return go(std::integral_constant<DType, DType::bf16>{});
}

// NOLINTEND(cppcoreguidelines-pro-type-member-init)

RFMAP_HD inline float load_one(const Tensor& from, std::int64_t at) {
  return load<1>(from, at).v[0];
}

RFMAP_HD inline void store_one(const Tensor& to, std::int64_t at, float value) {
  store<1>(to, at, Vec<1>{{value}});
}

/// Elements of a sample. They have fewer than 2^32 bytes, so that offsets inside it have 32 bits.
RFMAP_HD inline int sample_size(const Tensor& t) { return t.h * t.w * t.pitch; }

/// Element of channel 0 of a cell.
RFMAP_HD inline std::int64_t cell_at(const Tensor& t, int n, int y, int x) {
  return std::int64_t(n) * sample_size(t) + (y * t.w + x) * t.pitch;
}

/// Where the samples of a tensor of storage type T begin.
template <DType T>
class Samples {
 public:
  explicit Samples(const Tensor& t)
      : data_(static_cast<char*>(t.data)), bytes_(unsigned(sample_size(t)) * bytes_of(T)) {}
  RFMAP_HD Stored<T>* at(int n) const {
    return reinterpret_cast<Stored<T>*>(data_ + std::uint64_t(unsigned(n)) * bytes_);
  }

 private:
  char* data_;
  unsigned bytes_;
};

/// An entry of a table, as one access.
RFMAP_HD inline Point entry(const Point* table, int n) {
  const auto pack = reinterpret_cast<const Pack<int, 2>*>(table)[unsigned(n)];
  return {pack.v[0], pack.v[1]};
}
RFMAP_HD inline plan::Occluder entry(const plan::Occluder* table, int n) {
  const auto pack = reinterpret_cast<const Pack<int, 4>*>(table)[unsigned(n)];
  return {{pack.v[0], pack.v[1]}, pack.v[2], pack.v[3]};
}

RFMAP_HD inline bool holds(const Tensor& t, int y, int x) {
  return unsigned(y) < unsigned(t.h) && unsigned(x) < unsigned(t.w);
}

}  // namespace rfmap::kernels
