#include "engine/builder.h"

#include <algorithm>

namespace rfmap::cuda {
namespace {

std::size_t bytes_of(const Tensor& t) {
  return std::size_t(t.n) * t.h * t.w * t.pitch * kernels::bytes_of(t.type);
}

}  // namespace

void Compiled::bind(std::byte* arena) {
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!fixed[i]) tensors[i].data = arena + offsets[i];
}

int Builder::add(int batch, const Shape& shape, int channels) {
  Buffer buffer;
  buffer.tensor = kernels::tensor(nullptr, storage(), batch, shape, channels);
  buffer.bytes = bytes_of(buffer.tensor);
  buffer.root = int(buffers_.size());
  buffers_.push_back(buffer);
  return buffer.root;
}

int Builder::add_fixed(const Tensor& tensor) {
  Buffer buffer;
  buffer.tensor = tensor;
  buffer.root = int(buffers_.size());
  buffer.fixed = true;
  buffers_.push_back(buffer);
  return buffer.root;
}

int Builder::add_bytes(std::size_t bytes) {
  Buffer buffer;
  buffer.bytes = bytes;
  buffer.root = int(buffers_.size());
  buffers_.push_back(buffer);
  return buffer.root;
}

int Builder::view(int of, const Shape& shape) {
  Buffer buffer = buffers_[of];
  const Tensor& t = buffer.tensor;
  buffer.tensor = kernels::tensor(t.data, t.type, t.n, shape, shape.c == t.c ? t.pitch : 0);
  buffer.launches = {};
  buffers_.push_back(buffer);
  return int(buffers_.size()) - 1;
}

void Builder::begin_step(int step, const std::string& layer) {
  step_ = step;
  layer_ = layer;
}

void Builder::hold(int buffer, int last) {
  Buffer& root = buffers_[buffers_[buffer].root];
  root.last_read = std::max(root.last_read, last);
}

bool Builder::dies(int buffer) const {
  const Buffer& root = buffers_[buffers_[buffer].root];
  return !root.fixed && root.last_read <= step_;
}

int Builder::in_place(int buffer) {
  const Tensor& t = tensor(buffer);
  const Shape shape{t.c, t.h, t.w};
  return dies(buffer) ? view(buffer, shape) : add(t.n, shape, t.pitch);
}

void Builder::launch(const std::vector<int>& touched, std::function<void(const Stage&)> run,
                     bool reads) {
  const int index = int(launches_.size());
  for (int buffer : touched) buffers_[buffers_[buffer].root].launches.touch(index);
  launches_.push_back({layer_, std::move(run), reads});
}

Compiled Builder::finish() {
  std::vector<Block> blocks;
  std::vector<int> block_of(buffers_.size(), -1);
  for (int i = 0; i < int(buffers_.size()); ++i) {
    if (buffers_[i].root != i || buffers_[i].fixed) continue;
    block_of[i] = int(blocks.size());
    blocks.push_back({buffers_[i].bytes, buffers_[i].launches});
  }
  const Packing packing = pack(blocks, kAlignment);
  Compiled compiled;
  compiled.launches = std::move(launches_);
  compiled.arena_bytes = packing.bytes;
  for (const Buffer& buffer : buffers_) {
    compiled.tensors.push_back(buffer.tensor);
    compiled.fixed.push_back(buffer.fixed);
    compiled.offsets.push_back(buffer.fixed ? 0 : packing.offsets[block_of[buffer.root]]);
  }
  return compiled;
}

}  // namespace rfmap::cuda
