#pragma once

#include "onednn/library.h"

/// How oneDNN is told of a convolution, forward and backward.
namespace rfmap::onednn {

/// oneDNN takes groups as a first axis of the weights.
Desc weights_desc(const Conv& op, int in_channels, Tag tag_dense, Tag tag_groups);
/// A zero descriptor where there is no bias.
Desc bias_desc_of(const Floats& bias);
/// Of source, weights, bias and destination. `layout` is that of source and destination; the
/// weights' is oneDNN's choice.
std::vector<Desc> convolution_descs(const Conv& op, int batch, const Shape& in, const Shape& out,
                                    Tag layout);
/// The end padding makes oneDNN's size rule give the node's size.
Sliding sliding_of(const Conv& op, const Shape& in, const Shape& out);

}  // namespace rfmap::onednn
