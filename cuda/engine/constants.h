#pragma once

#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "rfmap/graph.h"

#include "engine/memory.h"

namespace rfmap::cuda {

/// Network constants on the device in the layouts that kernels need, shared by the programs of a
/// session; each is created once.
class Constants {
 public:
  explicit Constants(std::shared_ptr<Device> device) : device_(std::move(device)) {}

  /// As they are, in fp32; null for none.
  const float* plain(const Floats& numbers);
  /// `count` numbers: those given, or zeros if there are none.
  const void* bias(const Floats& numbers, int count, kernels::DType type);
  /// [out, in, kernel.h, kernel.w] as [out, kernel.h, kernel.w, channels]; channels beyond `in`
  /// are 0.
  const void* filters(const Floats& weights, int out, Size kernel, int channels,
                      kernels::DType type);
  /// Filters [out, in, kernel.h, kernel.w] for blocks of cells as channels: [out, block.h * block.w
  /// * in, blocks.h, blocks.w], channels in the order [row, column, in], 0 beyond the kernel.
  Floats block_filters(const Floats& weights, int out, Size kernel, Size block);
  /// One number per value in the order [h, w, c], from [c, h, w] or from one per channel [c]; null
  /// for none.
  const float* by_value(const Floats& numbers, const Shape& shape);

  /// `count` samples of values [C, H, W], each the same, in the order [n, h, w, c]; only read.
  void* samples(const Floats& values, const Shape& shape, int count, kernels::DType type);

  /// A table of integers with the lifetime of this object.
  const int* numbers(const std::vector<int>& values);

  std::size_t bytes() const { return bytes_; }

 private:
  enum class Layout { plain, filters, by_value, samples };
  struct Key {
    const void* numbers;
    Layout layout;
    int a, b, c;
    kernels::DType type;
    auto tied() const { return std::tie(numbers, layout, a, b, c, type); }
    bool operator<(const Key& other) const { return tied() < other.tied(); }
  };
  struct Entry {
    Floats numbers;  ///< kept, so that its address is not reused
    Memory memory;
  };

  const void* find(const Key& key) const;
  const void* keep(const Key& key, const Floats& numbers, const std::vector<float>& values);

  std::shared_ptr<Device> device_;
  std::map<Key, Entry> entries_;
  std::map<std::vector<int>, Memory> tables_;
  /// By the given filters, which are kept so that their address is not reused.
  std::map<std::pair<Floats, std::vector<int>>, Floats> block_filters_;
  std::size_t bytes_ = 0;
};

/// Only the rearrangements, also for tests.
std::vector<float> filters_by_cell(const std::vector<float>& weights, int out, Size kernel,
                                   int channels);
std::vector<float> filters_by_block(const std::vector<float>& weights, int out, Size kernel,
                                    Size block);
std::vector<float> values_by_cell(const std::vector<float>& numbers, const Shape& shape);

}  // namespace rfmap::cuda
