#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/grid.h"
#include "near.h"
#include "reference/operations.h"

/// Runs bodies of kernels over their whole grid on the host, and compares the results.
namespace rfmap::testing_kernels {

using kernels::DType;
using kernels::Grid;
using kernels::Tensor;

template <class Body>
concept SharedByWarp = requires(const Body& body) {
  body.part(0, 0, 0);
};

/// Replaces a launch: every index in turn; a warp's lanes are joined as in the kernel.
struct HostLoop {
  template <class Body>
  void operator()(const Body& body, const Grid& grid) const {
    kernels::for_slices(grid, [&](const kernels::GridSlice& slice) {
      for (unsigned index = 0; index < slice.total(); ++index) {
        const kernels::GridIndex at = slice.split(index);
        if constexpr (SharedByWarp<Body>)
          warp(body, at);
        else
          body(at.n, at.i);
      }
      return true;
    });
  }

 private:
  template <class Body>
  static void warp(const Body& body, const kernels::GridIndex& at) {
    using Part = decltype(body.part(0, 0, 0));
    constexpr int lanes = kernels::kLanes;
    std::array<Part, lanes> parts;
    for (int lane = 0; lane < lanes; ++lane) parts[lane] = body.part(at.n, at.i, lane);
    for (int step = lanes / 2; step > 0; step /= 2) {
      const std::array<Part, lanes> before = parts;
      for (int lane = 0; lane < lanes; ++lane)
        parts[lane] = body.join(before[lane], before[(lane + step) % lanes]);
    }
    for (int lane = 0; lane < lanes; ++lane) body.finish(at.n, at.i, lane, parts[0]);
  }
};

/// `count` channels of a tensor from channel `first` on.
inline Tensor channels_of(Tensor whole, int first, int count) {
  whole.data = static_cast<char*>(whole.data) + std::int64_t(first) * bytes_of(whole.type);
  whole.c = count;
  return whole;
}

/// Numbers from a seed, the same on every machine.
class Draw {
 public:
  explicit Draw(unsigned seed) : bits_(seed) {}
  int below(int n) { return int(bits_() % unsigned(n)); }
  /// Uniform between -1 and 1.
  float value() { return float(bits_() % 2000001u) * 1e-6f - 1; }
  std::vector<float> values(std::size_t count) {
    std::vector<float> out(count);
    for (float& v : out) v = value();
    return out;
  }
  Floats floats(std::size_t count) {
    return std::make_shared<const std::vector<float>>(values(count));
  }

 private:
  std::mt19937 bits_;
};

/// A tensor with memory of exactly its size. Channels between c and pitch hold a marker value.
class Buffer {
 public:
  Buffer(DType type, int batch, const Shape& shape, int more_pitch = 0)
      : shape_(shape),
        batch_(batch),
        bytes_(std::size_t(batch) * shape.area() * (shape.c + more_pitch) * bytes_of(type)) {
    tensor_ = kernels::tensor(bytes_.data(), type, batch, shape, shape.c + more_pitch);
    for (std::int64_t i = 0; i < cells() * tensor_.pitch; ++i)
      kernels::store_one(tensor_, i, kMark);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  const Tensor& tensor() const { return tensor_; }
  const Shape& shape() const { return shape_; }

  void set(int n, int c, int y, int x, float value) {
    kernels::store_one(tensor_, kernels::cell_at(tensor_, n, y, x) + c, value);
  }
  float get(int n, int c, int y, int x) const {
    return kernels::load_one(tensor_, kernels::cell_at(tensor_, n, y, x) + c);
  }
  void draw(Draw& draw) {
    for (int n = 0; n < batch_; ++n)
      for (int c = 0; c < shape_.c; ++c)
        for (int y = 0; y < shape_.h; ++y)
          for (int x = 0; x < shape_.w; ++x) set(n, c, y, x, draw.value());
  }
  /// One sample for the reference, rounded to the storage type.
  reference::Map sample(int n) const {
    reference::Map map = reference::make_map(shape_);
    for (int c = 0; c < shape_.c; ++c)
      for (int y = 0; y < shape_.h; ++y)
        for (int x = 0; x < shape_.w; ++x) map.at(c, y, x) = get(n, c, y, x);
    return map;
  }
  bool padding_untouched() const {
    for (std::int64_t cell = 0; cell < cells(); ++cell)
      for (int c = shape_.c; c < tensor_.pitch; ++c)
        if (kernels::load_one(tensor_, cell * tensor_.pitch + c) != kMark) return false;
    return true;
  }

 private:
  static constexpr float kMark = -7808;  // the same in all three storage types
  std::int64_t cells() const { return std::int64_t(batch_) * shape_.h * shape_.w; }

  Shape shape_;
  int batch_;
  std::vector<char> bytes_;
  Tensor tensor_;
};

/// What the reference makes of one map; of the same shape if none is given.
inline reference::Map applied(const Operation& op, const reference::Map& in, const Shape& shape) {
  return reference::compute(op, {&in}, shape);
}
inline reference::Map applied(const Operation& op, const reference::Map& in) {
  return applied(op, in, in.shape);
}

/// Allowed difference between a stored result and the reference: `sums` for the arithmetic in fp32,
/// plus the rounding of the storage type.
struct Tolerance {
  float abs, rel;
};

inline Tolerance tolerance(DType type, float sums = 2e-6f) {
  if (type == DType::f32) return {sums, 2e-6f};
  if (type == DType::f16) return {sums + 0x1p-24f, 0x1.01p-11f};
  return {sums, 0x1.01p-8f};
}

inline std::string name_of(DType type) {
  return type == DType::f32 ? "f32" : type == DType::f16 ? "f16" : "bf16";
}

inline constexpr std::array kTypes{DType::f32, DType::f16, DType::bf16};

/// Sample n of `got` is close to the reference's `want`.
inline testing::AssertionResult is_near(const Buffer& got, int n, const reference::Map& want,
                                        float sums = 2e-6f) {
  if (!got.padding_untouched()) return testing::AssertionFailure() << "wrote beyond the channels";
  const Tolerance allowed = tolerance(got.tensor().type, sums);
  return all_near(got.sample(n).values, want.values, allowed.abs, allowed.rel)
         << " in sample " << n << ", " << name_of(got.tensor().type);
}

/// Equal, infinities too (after the storage's rounding, which the reference's values share).
inline testing::AssertionResult is_same(const Buffer& got, int n, const reference::Map& want) {
  if (!got.padding_untouched()) return testing::AssertionFailure() << "wrote beyond the channels";
  const reference::Map map = got.sample(n);
  if (map.shape != want.shape) return testing::AssertionFailure() << "another shape";
  const auto [a, b] = std::mismatch(map.values.begin(), map.values.end(), want.values.begin());
  if (a == map.values.end()) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "[" << a - map.values.begin() << "] got " << *a << ", wanted " << *b << " in sample "
         << n << ", " << name_of(got.tensor().type);
}

}  // namespace rfmap::testing_kernels
