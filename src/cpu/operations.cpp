#include "cpu/operations.h"

#include "core/overloaded.h"
#include "cpu/windows.h"

namespace rfmap::cpu {

int compile_compute(Builder& builder, const Operation& operation, Job job) {
  const auto compile = Overloaded{
      [&](const Conv& op) { return convolve(builder, op, job); },
      [&](const Pool& op) { return pool(builder, op, job); },
      [&](const GlobalPool& op) { return global_pool(builder, op, job); },
      [&](const Lrn& op) { return normalise(builder, op, job); },
      [&](const Affine& op) { return scale_and_shift(builder, op, job); },
      [&](const Activation& op) { return activate(builder, op, job.inputs.front()); },
      [&](const Softmax& op) { return softmax(builder, op, job); },
      [&](const LayerNorm& op) { return normalise(builder, op, job); },
      [&](const Elementwise& op) { return combine(builder, op, job); },
      [&](const Concat& op) { return concatenate(builder, op, job); },
      [&](const Slice& op) { return slice(builder, op, job); },
      [&](const Pad& op) { return pad(builder, op, job); },
      [&](const Reshape&) { return reshape(builder, job); },
      [&](const Transpose& op) { return transpose(builder, op, job); },
      [&](const ChannelShuffle& op) { return shuffle(builder, op, job); },
      [&](const FullyConnected& op) { return fully_connected(builder, op, job); },
  };
  std::optional<int> live;
  if (job.window >= 0) live = compute_live(builder, operation, job);
  int result = live ? *live : std::visit(compile, operation);
  if (job.residual >= 0) result = add_residual(builder, result, job.residual);
  if (job.activation) result = activate(builder, *job.activation, result);
  return result;
}

}  // namespace rfmap::cpu
