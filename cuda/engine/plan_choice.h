#pragma once

#include <memory>

#include "engine/device.h"
#include "engine/library_plans.h"
#include "engine/plan_cache.h"

namespace rfmap::cuda {

/// The plan that is pinned; else the one named in the cache; else the fastest of those that give
/// equal bits for equal samples, independent of their neighbours. Runs plans on the device. A plan
/// that fails, or for which there is too little memory, is left out. Throws ConfigError where a
/// pinned plan cannot be used, DeviceFault where the device answers no more.
FoundPlan choose_plan(TrialDevice& device, const std::shared_ptr<LibraryPlans>& plans,
                      PlanCache& cache, const PinnedPlans& pinned,
                      const ConvolutionProblem& problem);

}  // namespace rfmap::cuda
