#include "plan/buffers.h"

#include <algorithm>

namespace rfmap::plan {

int Buffers::append(bool fixed, std::size_t bytes) {
  const int number = int(buffers_.size());
  buffers_.push_back({number, fixed, bytes, {}, -1});
  return number;
}

int Buffers::add(std::size_t bytes) { return append(false, bytes); }

int Buffers::add_fixed() { return append(true, 0); }

int Buffers::view(int of) {
  const int number = append(false, 0);
  buffers_[number].root = buffers_[of].root;
  return number;
}

void Buffers::touch(std::span<const int> used) {
  for (int buffer : used) root(buffer).kernels.touch(kernels_);
  ++kernels_;
}

void Buffers::hold(int buffer, int last) {
  root(buffer).last_read = std::max(root(buffer).last_read, last);
}

Packing Buffers::place(std::size_t alignment) const {
  std::vector<Block> blocks;
  std::vector<int> block_of(buffers_.size(), -1);
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const Buffer& buffer = buffers_[i];
    if (buffer.root != int(i) || buffer.fixed) continue;
    block_of[i] = int(blocks.size());
    blocks.push_back({buffer.bytes, buffer.kernels});
  }
  const Packing packing = pack(blocks, alignment);
  Packing placed{std::vector<std::size_t>(buffers_.size(), 0), packing.bytes};
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    if (const int block = block_of[buffers_[i].root]; block >= 0)
      placed.offsets[i] = packing.offsets[block];
  return placed;
}

ComputeJob make_job(const Program& program, const Step& step, const std::vector<int>& buffer_of) {
  const auto& compute = std::get<Compute>(step.kind);
  ComputeJob job;
  for (int input : step.inputs) {
    job.inputs.push_back(buffer_of[input]);
    job.shapes.push_back(program.values[input].shape);
  }
  if (compute.residual) {
    job.residual = job.inputs.back();
    job.inputs.pop_back();
    job.shapes.pop_back();
  }
  job.out = program.values[step.output].shape;
  job.batch = program.values[step.output].batch;
  job.activation = compute.activation;
  job.window = program.values[step.output].window;
  return job;
}

}  // namespace rfmap::plan
