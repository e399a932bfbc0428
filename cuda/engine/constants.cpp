#include "engine/constants.h"

namespace rfmap::cuda {
namespace {

Tensor line(void* data, kernels::DType type, std::size_t count) {
  const int n = int(count);
  return {data, type, 1, 1, 1, n, n};
}

}  // namespace

std::vector<float> filters_by_cell(const std::vector<float>& weights, int out, Size kernel,
                                   int channels) {
  const std::size_t area = std::size_t(kernel.h) * kernel.w;
  const std::size_t in = weights.size() / (out * area);
  std::vector<float> values(out * area * channels, 0.f);
  for (int o = 0; o < out; ++o)
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t k = 0; k < area; ++k)
        values[(o * area + k) * channels + i] = weights[(o * in + i) * area + k];
  return values;
}

std::vector<float> filters_by_block(const std::vector<float>& weights, int out, Size kernel,
                                    Size block) {
  const std::size_t area = std::size_t(kernel.h) * kernel.w, in = weights.size() / (out * area);
  const std::size_t rows = (kernel.h + block.h - 1) / block.h,
                    columns = (kernel.w + block.w - 1) / block.w;
  std::vector<float> values(out * in * block.h * block.w * rows * columns, 0.f);
  for (std::size_t o = 0; o < std::size_t(out); ++o)
    for (std::size_t i = 0; i < in; ++i)
      for (int y = 0; y < kernel.h; ++y)
        for (int x = 0; x < kernel.w; ++x) {
          const std::size_t cell = std::size_t(y % block.h) * block.w + x % block.w;
          const std::size_t channel = (o * block.h * block.w + cell) * in + i;
          values[(channel * rows + y / block.h) * columns + x / block.w] =
              weights[(o * in + i) * area + std::size_t(y) * kernel.w + x];
        }
  return values;
}

std::vector<float> values_by_cell(const std::vector<float>& numbers, const Shape& shape) {
  const bool by_channel = numbers.size() == std::size_t(shape.c);
  std::vector<float> values(shape.volume());
  for (int c = 0; c < shape.c; ++c)
    for (std::size_t i = 0; i < shape.area(); ++i)
      values[i * shape.c + c] = numbers[by_channel ? c : c * shape.area() + i];
  return values;
}

const void* Constants::find(const Key& key) const {
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? nullptr : entry->second.memory.data();
}

const void* Constants::keep(const Key& key, const Floats& numbers,
                            const std::vector<float>& values) {
  Memory floats(device_, values.size() * sizeof(float));
  device_->upload(floats.data(), values.data(), floats.bytes(), Queue::compute);
  Memory memory;
  if (key.type == kernels::DType::f32) {
    memory = std::move(floats);
  } else {
    memory = Memory(device_, values.size() * kernels::bytes_of(key.type));
    device_->launch(line(memory.data(), key.type, values.size()),
                    kernels::Conversion{line(floats.data(), kernels::DType::f32, values.size())});
  }
  device_->wait();  // `values` and `floats` are destroyed after this
  bytes_ += memory.bytes();
  return entries_.emplace(key, Entry{numbers, std::move(memory)}).first->second.memory.data();
}

const float* Constants::plain(const Floats& numbers) {
  if (!numbers) return nullptr;
  const Key key{numbers.get(), Layout::plain, int(numbers->size()), 0, 0, kernels::DType::f32};
  const void* found = find(key);
  return static_cast<const float*>(found ? found : keep(key, numbers, *numbers));
}

const void* Constants::bias(const Floats& numbers, int count, kernels::DType type) {
  const Key key{numbers.get(), Layout::plain, count, 0, 0, type};
  if (const void* found = find(key)) return found;
  return keep(key, numbers, numbers ? *numbers : std::vector<float>(count, 0.f));
}

const void* Constants::filters(const Floats& weights, int out, Size kernel, int channels,
                               kernels::DType type) {
  const Key key{weights.get(), Layout::filters, out, channels, kernel.h * kernel.w, type};
  const void* found = find(key);
  return found ? found : keep(key, weights, filters_by_cell(*weights, out, kernel, channels));
}

Floats Constants::block_filters(const Floats& weights, int out, Size kernel, Size block) {
  Floats& known = block_filters_[{weights, {out, kernel.h, kernel.w, block.h, block.w}}];
  if (!known)
    known =
        std::make_shared<const std::vector<float>>(filters_by_block(*weights, out, kernel, block));
  return known;
}

const float* Constants::by_value(const Floats& numbers, const Shape& shape) {
  if (!numbers) return nullptr;
  const Key key{numbers.get(),      Layout::by_value, shape.c, int(shape.area()), 0,
                kernels::DType::f32};
  const void* found = find(key);
  return static_cast<const float*>(found ? found
                                         : keep(key, numbers, values_by_cell(*numbers, shape)));
}

void* Constants::samples(const Floats& values, const Shape& shape, int count, kernels::DType type) {
  const Key key{values.get(), Layout::samples, shape.c, int(shape.area()), count, type};
  const void* found = find(key);
  if (!found) {
    const std::vector<float> one = values_by_cell(*values, shape);
    std::vector<float> all;
    for (int i = 0; i < count; ++i) all.insert(all.end(), one.begin(), one.end());
    found = keep(key, values, all);
  }
  return const_cast<void*>(found);  // tensors do not know what is only read
}

const int* Constants::numbers(const std::vector<int>& values) {
  Memory& table = tables_[values];
  if (!table.data() && !values.empty()) {
    table = Memory(device_, values.size() * sizeof(int));
    device_->upload(table.data(), values.data(), table.bytes(), Queue::compute);
    device_->wait();
    bytes_ += table.bytes();
  }
  return reinterpret_cast<const int*>(table.data());
}

}  // namespace rfmap::cuda
