#pragma once

#include "rfmap/costs.h"

#include "run/draw_pairs.h"
#include "run/programs.h"

namespace rfmap::run {

/// What the trials of a plan tell.
struct Calibrated {
  Rates rates;
  Programs programs;  ///< as the run would settle them
};

/// Short trials on this machine, about `seconds` in all, at least one of each kind: reading some of
/// the images, a batch of forward passes, occluded copies of the drawn image with the most work,
/// gradients and averages where the run has them. Nothing is written. Throws as the run's phases.
Calibrated calibrate(plan::Engine& engine, const Run& run, const DrawnJobs& drawn, int batch,
                     double seconds);

/// Expected times of a run; the ranges are those of the counted work, and widened by what short
/// trials leave open.
TimeCosts expected_time(const RunCosts& costs, const Rates& rates);

}  // namespace rfmap::run
