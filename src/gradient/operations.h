#pragma once

#include <concepts>
#include <variant>

#include "gradient/tape.h"

/// Each operation has two functions, specialised for it in the files of this room: `forward` gives
/// its slot a value and the kernels that fill it; `backward`, called from the last node to the
/// first, adds the kernels that propagate the slot's gradient to its inputs.
namespace rfmap::gradient {

template <class Op>
Kernels forward(Tape& tape, const Op& op, int node);
template <class Op>
Kernels backward(Tape& tape, const Op& op, int node);
template <>
Kernels forward(Tape& tape, const Conv& op, int node);
template <>
Kernels backward(Tape& tape, const Conv& op, int node);
template <>
Kernels forward(Tape& tape, const Pool& op, int node);
template <>
Kernels backward(Tape& tape, const Pool& op, int node);
template <>
Kernels forward(Tape& tape, const Lrn& op, int node);
template <>
Kernels backward(Tape& tape, const Lrn& op, int node);
template <>
Kernels forward(Tape& tape, const Affine& op, int node);
template <>
Kernels backward(Tape& tape, const Affine& op, int node);
template <>
Kernels forward(Tape& tape, const Activation& op, int node);
template <>
Kernels backward(Tape& tape, const Activation& op, int node);
template <>
Kernels forward(Tape& tape, const Softmax& op, int node);
template <>
Kernels backward(Tape& tape, const Softmax& op, int node);
template <>
Kernels forward(Tape& tape, const Normalisation& op, int node);
template <>
Kernels backward(Tape& tape, const Normalisation& op, int node);
template <>
Kernels forward(Tape& tape, const Elementwise& op, int node);
template <>
Kernels backward(Tape& tape, const Elementwise& op, int node);
template <>
Kernels forward(Tape& tape, const FullyConnected& op, int node);
template <>
Kernels backward(Tape& tape, const FullyConnected& op, int node);
template <>
Kernels forward(Tape& tape, const Resample& op, int node);
template <>
Kernels backward(Tape& tape, const Resample& op, int node);
template <>
Kernels forward(Tape& tape, const Reduce& op, int node);
template <>
Kernels backward(Tape& tape, const Reduce& op, int node);
template <>
Kernels forward(Tape& tape, const MatMul& op, int node);
template <>
Kernels backward(Tape& tape, const MatMul& op, int node);
template <>
Kernels forward(Tape& tape, const Parameter& op, int node);
template <>
Kernels backward(Tape& tape, const Parameter& op, int node);

// rearrange.cpp: operations that only move values.
using Moving = std::variant<Concat, Slice, Pad, Reshape, Rearrange>;
Kernels forward_moves(Tape& tape, const Moving& op, int node);
Kernels backward_moves(Tape& tape, const Moving& op, int node);
Kernels forward(Tape& tape, const std::convertible_to<Moving> auto& op, int node) {
  return forward_moves(tape, op, node);
}
Kernels backward(Tape& tape, const std::convertible_to<Moving> auto& op, int node) {
  return backward_moves(tape, op, node);
}

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
