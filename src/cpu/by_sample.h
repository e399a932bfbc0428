#pragma once

#include <functional>

#include "cpu/builder.h"

namespace rfmap::cpu {

using ConvolutionDesc = dnnl::convolution_forward::primitive_desc;

/// True where oneDNN has no direct convolution and falls back to matrix products: it splits their
/// sums among threads, so that the bits would depend on the number of threads.
bool is_matrix_product(const ConvolutionDesc& desc);

/// Such a convolution sample by sample, each on one thread: `one` was made for a batch of 1 under
/// one thread, with plain source and destination; `source` and `out` hold `batch` samples.
void convolve_by_sample(Builder& builder, const ConvolutionDesc& one, int source, int out,
                        const Builder::Fixed& constants, int batch);

}  // namespace rfmap::cpu
