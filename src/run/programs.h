#pragma once

#include <memory>

#include "rfmap/engine.h"

#include "run/setup.h"

namespace rfmap {

/// The compiled programs of a run. Image slot 0 is the image in hand.
struct Programs {
  std::unique_ptr<Session> session;
  int scan = 0, load = 1, occlude = 2;  ///< indices of programs
  int batch = 0;                        ///< samples a call of scan and of occlude
  double macs_per_pass = 0;
};

/// Chooses the batch (config.batch, or what fits config.memory) and compiles.
Programs compile_programs(Engine& engine, const Setup& setup, const Config& config);

/// Number of patches that the fill needs: one a grid position, or one for all.
int patch_count(const Setup& setup, Fill fill);

}  // namespace rfmap
