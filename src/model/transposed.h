#pragma once

#include "model/builder.h"

namespace rfmap::importing {

/// A transposed convolution. `front`: rows and columns that are cut before the map of the result
/// (the padding). weights [in_channels, out_channels / groups, kernel.h, kernel.w] or null (theory
/// needs none), bias [out_channels] or null.
struct Transposed {
  Size kernel, stride, dilation, front;
  Size map;  ///< of the result
  int groups = 1, out_channels = 0;
  Floats weights, bias;
};

/// The extent of a result that nothing is cut from.
std::int64_t uncut_extent(std::int64_t n, int kernel, int stride, int dilation);

/// As the convolution of a map with zeros between its values (`zeros`, a helper node) by the turned
/// kernel. Throws Refusal for a map that is too large, Damaged if groups do not fit.
Value transposed_convolution(Builder& builder, const Label& zeros, const Label& label,
                             const Value& input, const Transposed& op);

}  // namespace rfmap::importing
