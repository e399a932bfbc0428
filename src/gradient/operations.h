#pragma once

#include <concepts>

#include "gradient/tape.h"

/// Each operation twice: `forward` gives its slot a value and the kernels that fill it; `backward`,
/// made from the last node to the first, the kernels that send the slot's gradient to its inputs.
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
/// As a pooling whose kernel is the map.
Pool whole_map(const GlobalPool& op, const Shape& in);
// channels.cpp
Kernels forward(Tape& tape, const Lrn& op, int node);
Kernels backward(Tape& tape, const Lrn& op, int node);
Kernels forward(Tape& tape, const Softmax& op, int node);
Kernels backward(Tape& tape, const Softmax& op, int node);
// pointwise.cpp
Kernels forward(Tape& tape, const Activation& op, int node);
Kernels backward(Tape& tape, const Activation& op, int node);
Kernels forward(Tape& tape, const Affine& op, int node);
Kernels backward(Tape& tape, const Affine& op, int node);
// combine.cpp
Kernels forward(Tape& tape, const Elementwise& op, int node);
Kernels backward(Tape& tape, const Elementwise& op, int node);
// rearrange.cpp: what only moves values.
template <class Op>
concept OnlyMoves = std::same_as<Op, Concat> || std::same_as<Op, Slice> || std::same_as<Op, Pad> ||
    std::same_as<Op, Reshape> || std::same_as<Op, Transpose> || std::same_as<Op, ChannelShuffle>;
Kernels forward_moves(Tape& tape, const Operation& op, int node);
Kernels backward_moves(Tape& tape, const Operation& op, int node);

template <class Op>
concept HasGradient = requires(Tape& tape, const Op& op) {
  forward(tape, op, 0);
};

}  // namespace rfmap::gradient
