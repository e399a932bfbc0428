#pragma once

#include <functional>

#include "cpu/builder.h"

namespace rfmap::cpu {

using ConvolutionDesc = dnnl::convolution_forward::primitive_desc;

/// A convolution for which oneDNN has no implementation that keeps the order of its sums
/// (keeps_order), sample by sample, each on one thread: `one` was made for a batch of 1
/// under one thread, with plain source and destination; `source` and `out` hold `batch` samples.
void convolve_by_sample(Builder& builder, const ConvolutionDesc& one, int source, int out,
                        const Builder::Fixed& constants, int batch);

}  // namespace rfmap::cpu
