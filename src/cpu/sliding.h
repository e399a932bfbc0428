#pragma once

#include "cpu/library.h"

/// How oneDNN is told of a convolution, forward and backward.
namespace rfmap::cpu {

/// oneDNN takes groups as a first axis of the weights.
Desc weights_desc(const Conv& op, int in_channels, Tag tag_dense, Tag tag_groups);
/// A zero descriptor where there is no bias.
Desc bias_desc_of(const Floats& bias);
/// The end padding makes oneDNN's size rule give the node's size.
Sliding sliding_of(const Conv& op, const Shape& in, const Shape& out);

}  // namespace rfmap::cpu
