#pragma once

#include <functional>

#include "cpu/builder.h"

namespace rfmap::cpu {

using ConvolutionDesc = dnnl::convolution_forward::primitive_desc;

/// Runs a convolution for which oneDNN has no implementation with a fixed order of sums
/// (keeps_order) sample by sample, each on one thread: `one` was created for a batch of 1 with one
/// thread, with plain source and destination; `source` and `out` hold `batch` samples.
void convolve_by_sample(Builder& builder, const ConvolutionDesc& one, int source, int out,
                        const Builder::Fixed& constants, int batch);

}  // namespace rfmap::cpu
