#include "run/programs.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "plan/programs.h"
#include "plan/windows/extent.h"
#include "run/memory_left.h"
#include "run/patches.h"

namespace rfmap::run {
using namespace plan;
namespace {

// Windows reach at least half the rate of full passes.
constexpr double kWorthwhile = 0.5;
// For engines that pay for a batch however full it is.
// Kernels of libraries may count a tensor's values in 32 bits.
constexpr std::size_t kMostValues = std::numeric_limits<std::int32_t>::max();
constexpr int kMostWindowsPerPass = 4, kPassesPerSlot = 16, kMostSlots = 32;

ProgramSet make_set(const Run& run, const std::vector<int>& full_layers, int batch) {
  ProgramSet set;
  set.residents.push_back({run.input(), 1, -1, "image"});
  set.patch = run.grid.occluder;
  set.patches = patch_count(run);
  std::vector<Target> targets;
  for (const MeasuredLayer& layer : run.layers) targets.push_back({layer.node, layer.units});
  std::vector<int> nodes;
  for (int layer : full_layers) nodes.push_back(run.layers[layer].node);
  const Graph& graph = run.model.graph;
  set.programs.push_back(scan_program(graph, targets, batch, run.method.bottom_k > 0));
  set.programs.push_back(load_program(run.input(), 1));
  if (!nodes.empty())
    set.programs.push_back(occlude_program(graph, nodes, batch, run.method.response));
  return set;
}

/// Indices into Run::layers.
struct LayerSplit {
  std::vector<int> full, windows;
  std::map<int, double> behind;  ///< layers after a gate: work of windows in shares of full passes
};

/// Of a layer that is not windowable.
const char* why_no_windows(const Run& run) {
  return run.sees_whole_map() ? "comes after an operation that sees the whole map"
                              : "does not depend on the image";
}

/// Of layers that an occluder changes everywhere: what windows would be in shares of full passes.
std::map<int, double> window_shares(const Run& run, const std::vector<int>& layers) {
  std::map<int, double> shares;
  if (layers.empty()) return shares;
  std::vector<int> nodes;
  for (int layer : layers) nodes.push_back(run.layers[layer].node);
  const WindowPlan plan(run.model.graph, nodes, run.grid, run.method.response, {});
  for (int i = 0; i < int(layers.size()); ++i) shares[layers[i]] = plan.share_of_full(i);
  return shares;
}

/// Layers whose whole past is local run by windows, unless --strategy full. Behind a gate an
/// occluder changes the complete map: there windows only leave out what a location does not read.
LayerSplit split_layers(const Run& run) {
  const Strategy strategy = run.machine.strategy;
  const std::vector<bool> local = local_nodes(run.model.graph);
  const std::vector<bool> windowable =
      run.sees_whole_map() ? local : windowable_nodes(run.model.graph);
  LayerSplit split;
  std::vector<int> behind;
  for (int l = 0; l < int(run.layers.size()); ++l) {
    const MeasuredLayer& layer = run.layers[l];
    if (strategy == Strategy::window && !windowable[layer.node])
      throw ConfigError("--strategy window: layer " + layer.name + " " + why_no_windows(run) +
                        "; use --strategy auto");
    const bool decide = strategy == Strategy::automatic && !local[layer.node];
    if (decide && windowable[layer.node]) behind.push_back(l);
  }
  split.behind = window_shares(run, behind);
  for (int l = 0; l < int(run.layers.size()); ++l) {
    const auto share = split.behind.find(l);
    const bool windows = share != split.behind.end()
                             ? share->second < kWorthwhile
                             : strategy != Strategy::full && windowable[run.layers[l].node];
    (windows ? split.windows : split.full).push_back(l);
  }
  return split;
}

/// Which layers run by full passes, and why; and those that do not although a gate comes first.
void log_split(const Run& run, const LayerSplit& split) {
  const char* why =
      run.machine.strategy == Strategy::full ? "--strategy full" : why_no_windows(run);
  for (int l : split.full)
    if (!split.behind.contains(l))
      log::debug("layer {}: full passes ({})", run.layers[l].name, why);
  for (const auto& [l, share] : split.behind)
    log::debug(
        "layer {}: {} (an operation before it sees the whole map; windows are {:.0f}% of the "
        "multiply-adds)",
        run.layers[l].name, share < kWorthwhile ? "windows" : "full passes", 100 * share);
}

std::size_t scratch(const ProgramSet& set) {
  std::size_t bytes = 0;
  for (const Program& program : set.programs) bytes += scratch_bytes(program);
  return bytes;
}

/// Of the largest tensor.
std::size_t most_values(const ProgramSet& set) {
  std::size_t most = 0;
  for (const Program& program : set.programs)
    for (const Value& value : program.values)
      most = std::max(most, value.shape.volume() * std::size_t(value.batch));
  return most;
}

/// Targets of the window plan.
std::vector<int> window_nodes(const Run& run, const LayerWays& ways) {
  std::vector<int> nodes;
  for (int layer : ways.window_layers) nodes.push_back(run.layers[layer].node);
  return nodes;
}

/// Windows of several images fill batches, unless each image has patches of its own.
int choose_slots(Fill fill, int batch) {
  if (fill_depends_on_image(fill)) return 1;
  return std::clamp(batch / kPassesPerSlot, 1, kMostSlots);
}

/// A larger batch, where its windows take no more memory than full passes do.
WindowBatches choose_window_batches(WindowPlan& plan, int batch, std::size_t full_bytes) {
  if (plan.slots() == 1) return {batch, batch};
  const std::size_t batch_bytes = plan.sample_bytes() * std::size_t(batch);
  const std::size_t most = std::min(full_bytes, kMostValues * sizeof(float));
  int more = kMostWindowsPerPass;
  while (more > 1 && batch_bytes * std::size_t(more) > most) more /= 2;
  return {batch * more, batch};
}

}  // namespace

int patch_count(const Run& run) {
  const Fill fill = run.method.fill;
  return fill == Fill::noise || fill == Fill::blur ? run.grid.positions() : 1;
}

int choose_batch(const Run& run, BatchLimits limits) {
  const std::vector<int> full = split_layers(run).full;
  const std::size_t budget = run.machine.memory.value_or(limits.bytes);
  for (int batch = std::max(limits.samples, 2);; batch = std::max(batch / 2, 2)) {
    const ProgramSet set = make_set(run, full, batch);
    const std::size_t bytes = scratch(set);
    const bool fits = bytes <= budget && most_values(set) <= kMostValues;
    if (fits || (batch == 2 && (bytes <= budget || !run.machine.memory))) return batch;
    if (batch == 2)
      throw ConfigError(
          fmt::format("--memory {}: the smallest batch, 2 samples, needs {}; give at least that",
                      budget, bytes));
  }
}

LayerWays choose_ways(const Run& run) {
  LayerSplit split = split_layers(run);
  LayerWays ways;
  ways.full_layers = std::move(split.full);
  ways.window_layers = std::move(split.windows);
  ways.macs_per_pass = macs(make_set(run, {}, 1).programs.front());
  if (!ways.window_layers.empty())
    ways.plan = std::make_unique<WindowPlan>(run.model.graph, window_nodes(run, ways), run.grid,
                                             run.method.response, WindowPlanOptions{});
  return ways;
}

void check_batch(std::optional<int> batch) {
  if (batch == 1)
    throw ConfigError(
        "--batch 1: every batch holds the original and occluded copies; use at least 2");
}

std::size_t batch_bytes(const Run& run, const LayerWays& ways, int batch) {
  return scratch(make_set(run, ways.full_layers, batch));
}

Programs compile_programs(Engine& engine, const Run& run, std::optional<int> batch,
                          BatchLimits limits) {
  check_batch(batch);
  Programs programs;
  LayerSplit split = split_layers(run);
  log_split(run, split);
  programs.full_layers = std::move(split.full);
  programs.window_layers = std::move(split.windows);
  programs.batch = batch ? *batch : choose_batch(run, limits);
  const ProgramSet set = make_set(run, programs.full_layers, programs.batch);
  require_memory(scratch(set), run.threads, run.ranks->place().local_count);
  programs.session = engine.compile(set);
  programs.macs_per_pass = macs(set.programs[programs.scan]);
  if (!programs.window_layers.empty()) {
    const bool ragged = engine.ragged_windows();
    const int slots = ragged ? 1 : choose_slots(run.method.fill, programs.batch);
    programs.plan = std::make_unique<WindowPlan>(
        run.model.graph, window_nodes(run, programs), run.grid, run.method.response,
        WindowPlanOptions{int(set.residents.size()), slots, ragged});
    programs.windows = std::make_unique<WindowPrograms>(
        *programs.session, *programs.plan, set.residents, int(set.programs.size()),
        choose_window_batches(*programs.plan, programs.batch, scratch(set)));
  }
  log::debug("engine {}: batch {}, {:.1f} MiB", engine.description(), programs.batch,
             double(programs.session->memory_bytes()) / (1 << 20));
  return programs;
}

}  // namespace rfmap::run
