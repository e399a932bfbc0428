#pragma once

#include "gradient/tape.h"

/// Each operation has two functions in the files of this room: `forward` gives its slot a value and
/// the kernels that fill it; `backward`, called from the last node to the first, adds the kernels
/// that propagate the slot's gradient to its inputs.
namespace rfmap::gradient {

// Kernels forward(Tape& tape, const Conv& op, int node) and so on
#define RFMAP_FORWARD(Op) forward(Tape& tape, const Op& op, int node)
#define RFMAP_BACKWARD(Op) backward(Tape& tape, const Op& op, int node)
Kernels RFMAP_OPERATIONS(RFMAP_FORWARD);
Kernels RFMAP_OPERATIONS(RFMAP_BACKWARD);
#undef RFMAP_FORWARD
#undef RFMAP_BACKWARD

/// Kernels that fill a node's value, in plain order, from its first input: work(in, out).
template <class Work>
Kernels forward_plain(Tape& tape, int node, Work work) {
  Kernels kernels;
  Slot &slot = tape.at(node), &in = tape.input(node, 0);
  slot.value = tape.make(plain(slot.shape));
  const dnnl::memory x = tape.convert(in.value, plain(in.shape), kernels);
  kernels.push_back([work, x, y = slot.value] { work(floats(x), floats(y)); });
  return kernels;
}

/// Kernels that send a node's gradient, in the layout `from`, to its first input, in the layout
/// `to`, after `kernels`: work(gradient, to).
template <class Work>
Kernels backward_in(Tape& tape, int node, const Desc& from, const Desc& to, Kernels kernels,
                    Work work) {
  const Slot& slot = tape.at(node);
  const dnnl::memory gradient = tape.convert(slot.gradient, from, kernels);
  const Sink sink = tape.sink(slot.inputs[0], to);
  kernels.push_back([work, gradient, part = sink.memory] { work(floats(gradient), floats(part)); });
  kernels.push_back(sink.done);
  return kernels;
}

}  // namespace rfmap::gradient
