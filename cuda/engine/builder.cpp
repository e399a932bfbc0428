#include "engine/builder.h"

#include <cstdint>
#include <limits>

#include "rfmap/error.h"

namespace rfmap::cuda {
using namespace plan;
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
  tensors_.push_back(kernels::tensor(nullptr, storage(), batch, shape, channels));
  const Tensor& t = tensors_.back();
  if (bytes_of(t) / std::size_t(batch) > std::numeric_limits<std::uint32_t>::max())
    throw EngineError(layer_ + ": one sample has 4 GiB or more, the GPU's kernels take less");
  return buffers_.add(bytes_of(tensors_.back()));
}

int Builder::add_fixed(const Tensor& tensor) {
  tensors_.push_back(tensor);
  return buffers_.add_fixed();
}

int Builder::add_bytes(std::size_t bytes) {
  tensors_.push_back({});
  return buffers_.add(bytes);
}

int Builder::view(int of, const Shape& shape) {
  const Tensor& t = tensors_[of];
  tensors_.push_back(kernels::tensor(t.data, t.type, t.n, shape, shape.c == t.c ? t.pitch : 0));
  return buffers_.view(of);
}

void Builder::begin_step(int step, const std::string& layer) {
  buffers_.begin_step(step);
  layer_ = layer;
}

int Builder::in_place(int buffer) {
  const Tensor& t = tensor(buffer);
  const Shape shape{t.c, t.h, t.w};
  // Without padding channels: nothing would fill them, and convolutions read them.
  return dies(buffer) ? view(buffer, shape) : add(t.n, shape);
}

void Builder::launch(const std::vector<int>& touched, std::function<void(const Stage&)> run,
                     bool reads) {
  buffers_.touch(touched);
  launches_.push_back({layer_, std::move(run), reads});
}

Compiled Builder::finish() {
  Packing packing = buffers_.place(kAlignment);
  Compiled compiled{
      std::move(launches_), std::move(tensors_), {}, std::move(packing.offsets), packing.bytes};
  for (int i = 0; i < int(compiled.tensors.size()); ++i)
    compiled.fixed.push_back(buffers_.is_fixed(i));
  return compiled;
}

}  // namespace rfmap::cuda
