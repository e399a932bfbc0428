#pragma once

#include <vector>

#include "run/devices.h"
#include "run/folder.h"
#include "run/programs.h"
#include "run/scan.h"

namespace rfmap::run {

/// What the engine's part of a run gives; the change maps are parts of the folder.
struct Computed {
  ScanResult scan;
  std::vector<Pair> pairs;
};

/// Scan and change maps. The batch is the folder's, else config's, else the largest within
/// `limits`; it is recorded. Where the device has not the memory, a batch that the user did not set
/// is halved, and maps that were measured with a larger one are measured again: a run's maps come
/// from one batch. Several engines share the work. Throws as its phases; what they committed stays
/// in the folder.
Computed compute(const Engines& engines, const Run& run, RunFolder& folder, BatchLimits limits);
inline Computed compute(plan::Engine& engine, const Run& run, RunFolder& folder,
                        BatchLimits limits) {
  return compute(Engines{&engine}, run, folder, limits);
}

}  // namespace rfmap::run
