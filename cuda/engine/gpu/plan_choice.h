#pragma once

#include <memory>

#include "engine/gpu/gpu_device.h"

namespace rfmap::cuda {

/// The plan named in the cache, else the fastest of those that give equal bits for equal samples,
/// independent of their neighbours; null if no plan remains. Runs plans on the device.
std::shared_ptr<LibraryConvolution> choose_plan(GpuDevice& device, const CudnnTarget& target,
                                                PlanCache& cache,
                                                const ConvolutionProblem& problem);

}  // namespace rfmap::cuda
