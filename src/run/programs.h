#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "plan/engine.h"
#include "run/run.h"
#include "run/windows/programs.h"

namespace rfmap::run {

/// How each layer of a run is measured.
struct LayerWays {
  double macs_per_pass = 0;                ///< of a full pass up to the last layer
  std::vector<int> full_layers;            ///< indices into Run::layers: full passes
  std::vector<int> window_layers;          ///< the others
  std::unique_ptr<plan::WindowPlan> plan;  ///< of window_layers; null when there are none
  int batch = 0;                           ///< samples a call of full passes; 0: not chosen yet
};

/// The compiled programs of a run. Full passes have one image slot, the image in hand.
struct Programs : LayerWays {
  std::unique_ptr<plan::Session> session;
  int scan = 0, load = 1, occlude = 2;  ///< indices of programs
  std::unique_ptr<WindowPrograms> windows;
};

/// Decides which layers run by windows (--strategy), for counting: nothing is compiled. Throws
/// ConfigError where --strategy window is impossible.
LayerWays choose_ways(const Run& run);

/// Limits of a batch that is chosen.
struct BatchLimits {
  int samples = 16;
  std::size_t bytes = std::size_t(1) << 30;  ///< of the values of one batch
};

/// The largest batch within the limits, whose bytes --memory overrules; at least 2.
/// Throws ConfigError where --strategy window is impossible, or --memory too small for a batch
/// of 2.
int choose_batch(const Run& run, BatchLimits limits);

/// Throws ConfigError for a --batch of 1.
void check_batch(std::optional<int> batch);

/// Bytes of the values of one batch of full passes (of the scan at least).
std::size_t batch_bytes(const Run& run, const LayerWays& ways, int batch);

/// Decides which layers run by windows (--strategy) and compiles; without a batch:
/// choose_batch(). Throws ConfigError where --strategy window or the batch is impossible,
/// OutOfMemory; so may whatever runs the programs, as windowed ones are compiled when they come up.
Programs compile_programs(plan::Engine& engine, const Run& run, std::optional<int> batch,
                          BatchLimits limits = {});

/// Number of patches that the fill needs: one a grid position, or one for all.
int patch_count(const Run& run);

}  // namespace rfmap::run
