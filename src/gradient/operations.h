#pragma once

#include <variant>

#include "core/overloaded.h"
#include "gradient/tape.h"

/// Each operation has two functions: `forward` gives its slot a value and the kernels that fill it;
/// `backward`, called from the last node to the first, adds the kernels that propagate the slot's
/// gradient to its inputs.
namespace rfmap::gradient {

// convolution.cpp
Kernels forward(Tape& tape, const Conv& op, int node);
Kernels backward(Tape& tape, const Conv& op, int node);
// dense.cpp
Kernels forward(Tape& tape, const FullyConnected& op, int node);
Kernels backward(Tape& tape, const FullyConnected& op, int node);
// pooling.cpp
Kernels forward(Tape& tape, const Pool& op, int node);
Kernels backward(Tape& tape, const Pool& op, int node);
Kernels forward(Tape& tape, const GlobalPool& op, int node);
Kernels backward(Tape& tape, const GlobalPool& op, int node);
// channels.cpp
Kernels forward(Tape& tape, const Lrn& op, int node);
Kernels backward(Tape& tape, const Lrn& op, int node);
Kernels forward(Tape& tape, const Softmax& op, int node);
Kernels backward(Tape& tape, const Softmax& op, int node);
Kernels forward(Tape& tape, const LayerNorm& op, int node);
Kernels backward(Tape& tape, const LayerNorm& op, int node);
// pointwise.cpp
Kernels forward(Tape& tape, const Activation& op, int node);
Kernels backward(Tape& tape, const Activation& op, int node);
Kernels forward(Tape& tape, const Affine& op, int node);
Kernels backward(Tape& tape, const Affine& op, int node);
// combine.cpp
Kernels forward(Tape& tape, const Elementwise& op, int node);
Kernels backward(Tape& tape, const Elementwise& op, int node);
// rearrange.cpp: operations that only move values.
template <class Op>
concept OnlyMoves = OneOf<Op, Concat, Slice, Pad, Reshape, Transpose, ChannelShuffle>;
using Moving = std::variant<Concat, Slice, Pad, Reshape, Transpose, ChannelShuffle>;
Kernels forward_moves(Tape& tape, const Moving& op, int node);
Kernels backward_moves(Tape& tape, const Moving& op, int node);
Kernels forward(Tape& tape, const OnlyMoves auto& op, int node) {
  return forward_moves(tape, op, node);
}
Kernels backward(Tape& tape, const OnlyMoves auto& op, int node) {
  return backward_moves(tape, op, node);
}

}  // namespace rfmap::gradient
