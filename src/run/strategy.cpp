#include "run/strategy.h"

#include <numeric>
#include <optional>

#include "core/log.h"
#include "plan/programs.h"
#include "run/agreed.h"
#include "run/measure.h"

namespace rfmap::run {
using namespace plan;
namespace {

// Recorded choices.
constexpr int kWindows = 1, kFull = 2;
// Windows reach at least half the rate of full passes: with less work than that no clock is needed.
constexpr double kClearlyLess = 0.4;

/// How the layers run.
struct Layout {
  int occlude = 0;
  std::vector<int> full_layers, window_layers;
};

Layout layout_of(const Programs& programs) {
  return {programs.occlude, programs.full_layers, programs.window_layers};
}

void use(const Layout& layout, Programs& programs) {
  programs.occlude = layout.occlude;
  programs.full_layers = layout.full_layers;
  programs.window_layers = layout.window_layers;
}

/// All layers by full passes.
Layout full_layout(const Run& run, Programs& programs) {
  std::vector<int> nodes;
  for (const MeasuredLayer& layer : run.layers) nodes.push_back(layer.node);
  Layout layout;
  layout.occlude = programs.windows->add(
      occlude_program(run.model.graph, nodes, programs.batch, run.method.response));
  layout.full_layers.resize(run.layers.size());
  std::iota(layout.full_layers.begin(), layout.full_layers.end(), 0);
  return layout;
}

/// The choice, and the layout of full passes where they were tried.
struct Race {
  int choice = kWindows;
  std::optional<Layout> full;
};

/// Times both on this machine where the counted work does not tell. Leaves the programs as they
/// were.
Race race(const Run& run, const std::vector<Pair>& pairs, Programs& programs) {
  const std::vector<ImageJob> jobs = group_by_image(pairs);
  MapMeasurer measurer(run, pairs, programs);
  Work work;  // by windows where there are any
  double full_passes = 0, filled = 0;
  for (const ImageJob& job : jobs) {
    work += measurer.work(job);
    const double copies = double(touching(run.grid, pair_boxes(run, pairs, job)).size());
    full_passes += copies;
    filled += filled_copies(copies, programs.batch);
  }
  if (work.macs() < kClearlyLess * full_passes * programs.macs_per_pass) return {};
  measurer.calibrate(measurer.largest(jobs));
  const double windows = measurer.seconds(work);
  const Layout before = layout_of(programs), all_full = full_layout(run, programs);
  use(all_full, programs);
  const double full = OcclusionPass(run, programs).calibrate() / (programs.batch - 1) * filled;
  use(before, programs);
  log::debug("by windows about {:.1f} s, by full passes about {:.1f} s", windows, full);
  return {full < windows ? kFull : kWindows, all_full};
}

}  // namespace

bool full_passes_win(const Run& run, const std::vector<Pair>& pairs, Programs& programs) {
  const Race found = race(run, pairs, programs);
  if (found.choice == kFull) use(*found.full, programs);
  return found.choice == kFull;
}

void settle_strategy(const Run& run, const std::vector<Pair>& pairs, std::span<Programs> all,
                     RunFolder& folder) {
  Programs& programs = all.front();
  if (run.machine.strategy != Strategy::automatic || !programs.windows || pairs.empty()) return;
  Race found;
  if (run.ranks->first()) {
    found.choice = folder.recorded_choice("strategy");
    if (found.choice == 0) {
      found = race(run, pairs, programs);
      found.choice = folder.settle_choice("strategy", found.choice);
    }
  }
  found.choice = agreed(run, found.choice);
  if (found.choice != kFull) return;
  for (Programs& each : all)
    use(found.full && &each == &programs ? *found.full : full_layout(run, each), each);
  log::info("windows would save no time in this run: full passes");
}

}  // namespace rfmap::run
