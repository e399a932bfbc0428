#pragma once

#include <memory>

#include "engine/gpu/gpu_device.h"

namespace rfmap::cuda {

/// The plan that the cache names, else the fastest of those that give equal samples equal bits
/// whatever their neighbours hold; null where no plan is left. Runs plans on the device.
std::shared_ptr<LibraryConvolution> choose_plan(GpuDevice& device, const CudnnTarget& target,
                                                PlanCache& cache,
                                                const ConvolutionProblem& problem);

}  // namespace rfmap::cuda
