#include "run/strategy.h"

#include <numeric>

#include "core/log.h"
#include "plan/programs.h"
#include "run/measure.h"

namespace rfmap::run {
using namespace plan;
namespace {

// Recorded choices.
constexpr int kWindows = 1, kFull = 2;
// Windows reach at least half the rate of full passes: with less work than that no clock is needed.
constexpr double kClearlyLess = 0.4;

/// From now on all layers run by full passes.
void use_full_passes(const Run& run, Programs& programs) {
  std::vector<int> nodes;
  for (const MeasuredLayer& layer : run.layers) nodes.push_back(layer.node);
  programs.occlude = programs.windows->add(
      occlude_program(run.model.graph, nodes, programs.batch, run.method.response));
  programs.full_layers.resize(run.layers.size());
  std::iota(programs.full_layers.begin(), programs.full_layers.end(), 0);
  programs.window_layers.clear();
}

}  // namespace

bool full_passes_win(const Run& run, const std::vector<Pair>& pairs, Programs& programs) {
  const std::vector<ImageJob> jobs = group_by_image(pairs);
  MapMeasurer measurer(run, pairs, programs);
  Work work;  // by windows where there are any
  double full_passes = 0;
  for (const ImageJob& job : jobs) {
    work += measurer.work(job);
    full_passes += double(touching(run.grid, pair_boxes(run, pairs, job)).size());
  }
  if (work.macs() < kClearlyLess * full_passes * programs.macs_per_pass) return false;
  measurer.calibrate(measurer.largest(jobs));
  const double windows = measurer.seconds(work);
  const auto before = std::tuple(programs.occlude, programs.full_layers, programs.window_layers);
  use_full_passes(run, programs);
  const double full = OcclusionPass(run, programs).calibrate() / (programs.batch - 1) * full_passes;
  log::debug("by windows about {:.1f} s, by full passes about {:.1f} s", windows, full);
  if (full < windows) return true;
  std::tie(programs.occlude, programs.full_layers, programs.window_layers) = before;
  return false;
}

void settle_strategy(const Run& run, const std::vector<Pair>& pairs, Programs& programs,
                     RunFolder& folder) {
  if (run.machine.strategy != Strategy::automatic || !programs.windows || pairs.empty()) return;
  const int recorded = folder.recorded_choice("strategy");
  if (recorded == kFull) use_full_passes(run, programs);
  const int choice = recorded ? recorded : full_passes_win(run, pairs, programs) ? kFull : kWindows;
  if (!recorded) folder.record_choice("strategy", choice);
  if (choice == kFull) log::info("windows would save no time in this run: full passes");
}

}  // namespace rfmap::run
