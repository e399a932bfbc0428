#include "cpu/operations.h"
#include "onednn/layout.h"

namespace rfmap::cpu {
namespace {

/// `numbers` for every channel, those of a last unfilled block 0, so that it stays 0.
std::vector<float> by_channel(const Floats& numbers, int channels, std::size_t padded, float none) {
  std::vector<float> all(padded, 0.f);
  for (int c = 0; c < channels; ++c) all[c] = numbers ? (*numbers)[c] : none;
  return all;
}

bool is_by_channel(const Floats& numbers, const Shape& shape) {
  return !numbers || numbers->size() == std::size_t(shape.c);
}

/// Channel blocks whose positions lie one behind the other, samples too.
bool is_dense(const std::optional<Layout>& at, const Shape& shape) {
  if (!at || at->base != 0) return false;
  const std::size_t blocks = (shape.c + at->block - 1) / at->block;
  return at->stride[3] == at->block && at->stride[2] == shape.w * at->block &&
         at->stride[1] == shape.area() * at->block && at->stride[0] == blocks * at->stride[1];
}

int affine_channels(Builder& builder, const Affine& op, const Job& job) {
  const Shape shape = job.out;
  int in = job.inputs.front();
  if (!is_dense(layout_of(builder.desc(in)), shape)) in = builder.plain(in);
  const std::size_t block = layout_of(builder.desc(in))->block;
  const std::size_t blocks = (shape.c + block - 1) / block;
  const int out = builder.in_place(in);
  builder.loop({in, out}, [=, chunks = job.batch * int(blocks), area = shape.area(),
                           scale = by_channel(op.scale, shape.c, blocks * block, 1),
                           shift = by_channel(op.shift, shape.c, blocks * block, 0),
                           from = builder.memory(in), to = builder.memory(out)](Run&) {
#pragma omp parallel for schedule(static)
    for (int i = 0; i < chunks; ++i) {
      const float* a = scale.data() + i % blocks * block;
      const float* b = shift.data() + i % blocks * block;
      const float* source = floats(from) + i * area * block;
      float* target = floats(to) + i * area * block;
      for (std::size_t p = 0; p < area; ++p)
        for (std::size_t c = 0; c < block; ++c)
          target[p * block + c] = source[p * block + c] * a[c] + b[c];
    }
  });
  return out;
}

/// A number for every value, or for one of the two every value and for the other every channel.
int affine_values(Builder& builder, const Affine& op, const Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.in_place(in);
  const auto number = [shape = job.out](const Floats& numbers, std::size_t i, float none) {
    if (!numbers) return none;
    return (*numbers)[is_by_channel(numbers, shape) ? i / shape.area() : i];
  };
  builder.loop({in, out}, [op, number, volume = job.out.volume(), batch = job.batch,
                           from = builder.memory(in), to = builder.memory(out)](Run&) {
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; ++n) {
      const float* source = floats(from) + n * volume;
      float* target = floats(to) + n * volume;
      for (std::size_t i = 0; i < volume; ++i)
        target[i] = source[i] * number(op.scale, i, 1) + number(op.shift, i, 0);
    }
  });
  return out;
}

}  // namespace

int compile_operation(Builder& builder, const Affine& op, Job& job) {
  const bool channels = is_by_channel(op.scale, job.out) && is_by_channel(op.shift, job.out);
  return channels ? affine_channels(builder, op, job) : affine_values(builder, op, job);
}

}  // namespace rfmap::cpu
