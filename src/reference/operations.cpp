#include "reference/operations.h"

#include "core/overloaded.h"

namespace rfmap::reference {

Map compute(const Operation& operation, const Maps& in, const Shape& shape) {
  const Map& first = *in.front();
  const auto run = Overloaded{
      [&](const Conv& op) { return convolve(op, first, shape); },
      [&](const Pool& op) { return pool(op, first, shape); },
      [&](const GlobalPool& op) { return global_pool(op, first, shape); },
      [&](const Lrn& op) { return normalise(op, first); },
      [&](const Affine& op) { return scale_and_shift(op, first); },
      [&](const Activation& op) { return activate(op, first); },
      [&](const Softmax& op) { return softmax(op, first); },
      [&](const LayerNorm& op) { return normalise(op, first); },
      [&](const Elementwise& op) { return combine(op, in, shape); },
      [&](const Concat& op) { return concatenate(op, in, shape); },
      [&](const Slice& op) { return slice(op, first, shape); },
      [&](const Pad& op) { return pad(op, first, shape); },
      [&](const Reshape&) {
        return Map{shape, first.values};
      },
      [&](const Transpose& op) { return transpose(op, first, shape); },
      [&](const ChannelShuffle& op) { return shuffle(op, first); },
      [&](const FullyConnected& op) { return fully_connected(op, first, shape); },
  };
  return std::visit(run, operation);
}

}  // namespace rfmap::reference
