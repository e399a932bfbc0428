#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "cpu/operations.h"
#include "graph/rearrange.h"

namespace rfmap::cpu {
namespace {

using MovedDigit = graph::FlatMoves::Digit;

void copy_line(const float* from, float* to, const MovedDigit& line) {
  if (line.stride == 1)
    std::memcpy(to, from, std::size_t(line.extent) * sizeof(float));
  else
    for (int i = 0; i < line.extent; ++i) to[i] = from[i * line.stride];
}

/// A rearrangement of one sample: blocks of lines, each with its place in the input.
struct Blocks {
  std::ptrdiff_t first = 0;
  std::vector<MovedDigit> outer;  ///< counts the blocks
  MovedDigit lines, line;         ///< of a block
  int count = 1;                  ///< of blocks

  std::size_t size() const { return std::size_t(lines.extent) * std::size_t(line.extent); }
  void copy(int block, const float* sample, float* out) const {
    std::ptrdiff_t place = first;
    int rest = block;
    for (auto digit = outer.rbegin(); digit != outer.rend(); ++digit) {
      place += rest % digit->extent * digit->stride;
      rest /= digit->extent;
    }
    float* to = out + std::size_t(block) * size();
    for (int i = 0; i < lines.extent; ++i)
      copy_line(sample + place + i * lines.stride, to + std::ptrdiff_t(i) * line.extent, line);
  }
};

Blocks blocks_of(const Rearrange& op, const Shape& in) {
  graph::FlatMoves moves = graph::flat_moves(op, in);
  Blocks blocks;
  blocks.first = moves.first;
  blocks.line = moves.digits.back();
  moves.digits.pop_back();
  if (!moves.digits.empty()) {
    blocks.lines = moves.digits.back();
    moves.digits.pop_back();
  }
  for (const MovedDigit& digit : moves.digits) blocks.count *= digit.extent;
  blocks.outer = std::move(moves.digits);
  return blocks;
}

/// The same numbers for each sample.
std::vector<float> repeated(const std::vector<float>& numbers, int times) {
  std::vector<float> all;
  all.reserve(numbers.size() * std::size_t(times));
  for (int i = 0; i < times; ++i) all.insert(all.end(), numbers.begin(), numbers.end());
  return all;
}

}  // namespace

int compile_operation(Builder& builder, const Rearrange& op, Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(plain_desc(job.batch, job.out));
  const Shape& shape = job.shapes.front();
  builder.loop({in, out}, [blocks = blocks_of(op, shape), batch = job.batch,
                           in_volume = shape.volume(), out_volume = job.out.volume(),
                           from = builder.memory(in), to = builder.memory(out)](Run&) {
#pragma omp parallel for schedule(static) collapse(2)
    for (int n = 0; n < batch; ++n)
      for (int block = 0; block < blocks.count; ++block)
        blocks.copy(block, floats(from) + n * in_volume, floats(to) + n * out_volume);
  });
  return out;
}

int compile_operation(Builder& builder, const Parameter& op, Job& job) {
  // Kept by the session under a number of groups that no weights have.
  const auto samples = builder.constants().packed(op.values, -job.batch,
                                                  [&] { return repeated(*op.values, job.batch); });
  // Nothing writes to a fixed buffer.
  return builder.add_fixed(dnnl::memory(plain_desc(job.batch, job.out), builder.engine(),
                                        const_cast<float*>(samples->data())));
}

}  // namespace rfmap::cpu
