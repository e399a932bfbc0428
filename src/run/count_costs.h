#pragma once

#include "rfmap/costs.h"

#include "run/draw_pairs.h"
#include "run/programs.h"
#include "run/work.h"

namespace rfmap::run {

/// Work of all occluded copies of a run whose units choose images so.
Work expected_work(const Run& run, const LayerWays& ways, const DrawnJobs& drawn);

/// All that needs no engine: `limits` and --memory choose the batch. Images are listed, not read.
RunCosts count_costs(const Run& run, const LayerWays& ways, BatchLimits limits);

}  // namespace rfmap::run
