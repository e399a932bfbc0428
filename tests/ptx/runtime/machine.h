#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <coroutine>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "ptx/runtime/memory.h"

/// What translated kernels consist of: threads, lanes that wait for each other, checked memory, and
/// PTX's arithmetic where it is not C++'s.
namespace rfmap::ptx {

struct Warp;

/// One thread of a grid. Blocks have one dimension, grids up to three.
struct Thread {
  std::uint32_t tid = 0, ntid = 0, lane = 0;
  std::uint32_t ctaid[3]{}, nctaid[3]{};
  Warp* warp = nullptr;  ///< of kernels whose lanes wait

  struct Shuffled;
  /// The value of another lane; suspends until all lanes of the warp have given theirs.
  Shuffled shuffle(std::uint32_t value, std::uint32_t source, std::uint32_t clamp,
                   std::uint32_t members);
};

/// The fault of a kernel: prints kernel, block and thread, and ends the program.
[[noreturn]] void fail(const Thread& thread, const std::string& what);

/// A thread that stops at each shuffle.
struct Lane {
  struct promise_type {
    Lane get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

struct Warp {
  static constexpr int kLanes = 32;
  std::uint32_t given[kLanes]{};  ///< what each lane gives in this step
  std::uint32_t taken[kLanes]{};  ///< what it gave in the previous one
  void taken_from_given() { std::copy(given, given + kLanes, taken); }
};

struct Thread::Shuffled {
  Thread& thread;
  std::uint32_t source;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  std::uint32_t await_resume() const noexcept { return thread.warp->taken[source]; }
};

inline Thread::Shuffled Thread::shuffle(std::uint32_t value, std::uint32_t source,
                                        std::uint32_t clamp, std::uint32_t members) {
  if (members != 0xffffffffu || clamp != 31) fail(*this, "a shuffle within a part of the warp");
  if (source >= std::uint32_t(Warp::kLanes))
    fail(*this, "a shuffle from lane " + std::to_string(source) + ", of 32");
  warp->given[lane] = value;
  return {*this, source};
}

/// A kernel; `run` or, where lanes wait for each other, `run_lane`.
struct Kernel {
  std::string name;
  std::string fault;  ///< planted on purpose; empty for what nvcc made
  void (*run)(Thread&, void**) = nullptr;
  Lane (*run_lane)(Thread&, void**) = nullptr;
  int most_threads = 0;
  std::vector<int> sizes;  ///< of its parameters, bytes
};

/// Makes kernels known by their names.
struct Registration {
  Registration(std::vector<Kernel> kernels);
};

/// Makes a constant array readable by global loads.
struct Constant {
  Constant(const void* data, std::size_t bytes);
};

template <class T, class Bits>
T from_bits(Bits bits) {
  static_assert(sizeof(T) == sizeof(Bits));
  return std::bit_cast<T>(bits);
}
inline std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }
inline std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

// Memory. Local memory and parameters are the host's own and not checked.

template <class T, int N>
std::array<T, N> read(std::uint64_t address) {
  std::array<T, N> values;
  std::memcpy(values.data(), reinterpret_cast<const void*>(address), sizeof values);
  return values;
}

template <class T, int N>
void write(std::uint64_t address, const std::array<T, N>& values) {
  std::memcpy(reinterpret_cast<void*>(address), values.data(), sizeof values);
}

/// `used`: a bit per byte; the others may be memory that nobody wrote.
template <class T, int N>
std::array<T, N> load(const Thread& thread, std::uint64_t address, std::uint32_t used) {
  if (const char* wrong = refuse_load(address, sizeof(T) * N, used)) fail(thread, wrong);
  return read<T, N>(address);
}

template <class T, int N>
void store(const Thread& thread, std::uint64_t address, const std::array<T, N>& values) {
  if (const char* wrong = refuse_store(address, sizeof(T) * N)) fail(thread, wrong);
  write<T, N>(address, values);
  mark_written(reinterpret_cast<void*>(address), sizeof(T) * N);
}

// Arithmetic.

template <class T>
bool is_unordered(T a, T b) {
  return std::isnan(a) || std::isnan(b);
}

/// Shifts by the width or more give zeros, or the sign.
template <class T>
T shl(T x, std::uint32_t n) {
  return n >= 8 * sizeof(T) ? T(0) : T(std::make_unsigned_t<T>(x) << n);
}
template <class T>
T shr(T x, std::uint32_t n) {
  return n >= 8 * sizeof(T) ? T(x < 0 ? -1 : 0) : T(x >> n);
}

/// The lowest `count` bits of `bits` at `position` of `into`.
template <class T>
T insert_bits(T bits, T into, std::uint32_t position, std::uint32_t count) {
  const T field = shl<T>(count >= 8 * sizeof(T) ? T(~T(0)) : T(shl<T>(1, count) - 1), position);
  return T((into & T(~field)) | (shl<T>(bits, position) & field));
}

/// Of 16 bits too, which C++ would promote to int.
template <class T>
T wrapped_product(T a, T b) {
  return T(std::uint64_t(a) * std::uint64_t(b));
}
template <class T>
T high_product(T a, T b) {
  return T(__int128(a) * __int128(b) >> (8 * sizeof(T)));
}
template <class T>
T wrapped_abs(T x) {
  return x < 0 ? T(std::make_unsigned_t<T>(0) - std::make_unsigned_t<T>(x)) : x;
}

template <class T>
void check_divisor(const Thread& thread, T a, T b) {
  if (b == 0) fail(thread, "a division by zero");
  if (std::is_signed_v<T> && b == T(-1) && a == std::numeric_limits<T>::min())
    fail(thread, "a division that overflows");
}
template <class T>
T quotient(const Thread& thread, T a, T b) {
  check_divisor(thread, a, b);
  return T(a / b);
}
template <class T>
T remainder(const Thread& thread, T a, T b) {
  check_divisor(thread, a, b);
  return T(a % b);
}

/// As .ftz: numbers below the normal ones are zeros.
inline float flush(float x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x;
}

/// As .NaN: of a NaN and a number, the NaN.
inline float min_or_nan(float a, float b) { return is_unordered(a, b) ? NAN : std::fmin(a, b); }
inline float max_or_nan(float a, float b) { return is_unordered(a, b) ? NAN : std::fmax(a, b); }

template <class T>
T reciprocal(T x) {
  return 1 / x;
}
inline float reciprocal_root(float x) { return 1 / std::sqrt(x); }

/// a + b = sum + rest, exactly (Knuth).
inline double rest_of_sum(double a, double b, double sum) {
  const double part = sum - a;
  return (a - (sum - part)) + (b - part);
}

/// The largest float that is not above `sum + rest`.
inline float rounded_down(double sum, double rest) {
  const float near = float(sum);
  if (!std::isfinite(near)) return near;
  const bool above = double(near) > sum || (double(near) == sum && rest < 0);
  return above ? std::nextafterf(near, -std::numeric_limits<float>::infinity()) : near;
}

/// The product of two floats is exact in a double.
inline float fma_down(float a, float b, float c) {
  const double product = double(a) * double(b), sum = product + double(c);
  return rounded_down(sum, rest_of_sum(product, double(c), sum));
}

inline float sum_towards_zero(float a, float b) {
  const double sum = double(a) + double(b);
  const double rest = rest_of_sum(double(a), double(b), sum);
  return sum < 0 ? -rounded_down(-sum, -rest) : rounded_down(sum, rest);
}

/// To an integer, clamped to its range; NaN is 0.
template <class To, class From>
To saturated(From x) {
  if (std::isnan(x)) return 0;
  if (x >= std::ldexp(From(1), std::numeric_limits<To>::digits))
    return std::numeric_limits<To>::max();
  if (x <= From(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  return To(x);
}
inline float saturated_to_one(float x) { return x > 1 ? 1.f : x > 0 ? x : 0.f; }

inline float f16_to_float(std::uint16_t x) { return float(std::bit_cast<_Float16>(x)); }
inline float bf16_to_float(std::uint16_t x) { return std::bit_cast<float>(std::uint32_t(x) << 16); }
inline std::uint16_t float_to_f16(float x) {
  return std::isnan(x) ? 0x7fff : std::bit_cast<std::uint16_t>(_Float16(x));
}
inline std::uint16_t float_to_bf16(float x) {
  if (std::isnan(x)) return 0x7fff;
  const std::uint32_t whole = bits(x);
  return std::uint16_t((whole + 0x7fff + (whole >> 16 & 1)) >> 16);
}

}  // namespace rfmap::ptx
