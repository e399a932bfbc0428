#include "run/programs.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "rfmap/error.h"
#include "rfmap/plan.h"

#include "plan/window_extent.h"

namespace rfmap {
namespace {

ProgramSet make_set(const Setup& setup, const Config& config, const std::vector<int>& full_layers,
                    int batch) {
  ProgramSet set;
  set.residents.push_back({setup.input(), 1, -1, "image"});
  set.patch = setup.grid.occluder;
  set.patches = patch_count(setup, config.fill);
  std::vector<Target> targets;
  for (const MeasuredLayer& layer : setup.layers) targets.push_back({layer.node, layer.units});
  std::vector<int> nodes;
  for (int layer : full_layers) nodes.push_back(setup.layers[layer].node);
  const Graph& graph = setup.model.graph;
  set.programs.push_back(scan_program(graph, targets, batch, config.bottom_k > 0));
  set.programs.push_back(load_program(setup.input(), 1));
  if (!nodes.empty()) set.programs.push_back(occlude_program(graph, nodes, batch, config.response));
  return set;
}

/// Layers whose whole past has a windowed form run by windows, unless --strategy full.
void choose_strategy(const Setup& setup, const Config& config, Programs& programs) {
  const std::vector<bool> windowable = windowable_nodes(setup.model.graph);
  for (int l = 0; l < int(setup.layers.size()); ++l) {
    const MeasuredLayer& layer = setup.layers[l];
    if (config.strategy == Strategy::window && !windowable[layer.node])
      throw ConfigError("--strategy window: layer " + layer.name +
                        " lies behind an operation that sees the whole map; use --strategy auto");
    const bool windows = config.strategy != Strategy::full && windowable[layer.node];
    (windows ? programs.window_layers : programs.full_layers).push_back(l);
    if (!windows)
      spdlog::debug(
          "layer {}: full passes ({})", layer.name,
          windowable[layer.node] ? "--strategy full" : "an operation before it sees the whole map");
  }
}

std::size_t scratch(const ProgramSet& set) {
  std::size_t bytes = 0;
  for (const Program& program : set.programs) bytes += scratch_bytes(program);
  return bytes;
}

ProgramSet fitting_set(const Setup& setup, const Config& config,
                       const std::vector<int>& full_layers, BatchLimits limits, int& batch) {
  if (batch > 0) return make_set(setup, config, full_layers, batch);
  const std::size_t budget = config.memory ? config.memory : limits.bytes;
  for (batch = limits.samples;; batch /= 2) {
    ProgramSet set = make_set(setup, config, full_layers, batch);
    if (batch <= 2 || scratch(set) <= budget) return set;
  }
}

/// Compiles for the largest batch that fits; what a device really has left shows only then.
ProgramSet compile_fitting(Engine& engine, const Setup& setup, const Config& config,
                           BatchLimits limits, Programs& programs) {
  const bool chosen = programs.batch > 0;
  for (bool told = false;; told = true) {
    ProgramSet set = fitting_set(setup, config, programs.full_layers, limits, programs.batch);
    try {
      programs.session = engine.compile(set);
      return set;
    } catch (const OutOfMemory& error) {
      if (chosen || programs.batch <= 2) throw;
      if (!told)
        spdlog::warn("batch {} does not fit the device's memory ({}); taking smaller ones",
                     programs.batch, error.what());
      limits.samples = programs.batch / 2;
      programs.batch = 0;
    }
  }
}

}  // namespace

int patch_count(const Setup& setup, Fill fill) {
  return fill == Fill::noise || fill == Fill::blur ? setup.grid.positions() : 1;
}

Programs compile_programs(Engine& engine, const Setup& setup, const Config& config, int batch,
                          BatchLimits limits) {
  if (batch == 1)
    throw ConfigError(
        "--batch 1: the original rides in every batch beside the occluded copies; use at least 2");
  Programs programs;
  choose_strategy(setup, config, programs);
  programs.batch = batch;
  const ProgramSet set = compile_fitting(engine, setup, config, limits, programs);
  programs.macs_per_pass = macs(set.programs[programs.scan]);
  if (!programs.window_layers.empty()) {
    std::vector<int> nodes;
    for (int layer : programs.window_layers) nodes.push_back(setup.layers[layer].node);
    programs.plan =
        std::make_unique<WindowPlan>(setup.model.graph, nodes, setup.grid, config.response,
                                     int(set.residents.size()), engine.ragged_windows());
    programs.windows = std::make_unique<WindowPrograms>(
        *programs.session, *programs.plan, set.residents, int(set.programs.size()), programs.batch);
  }
  spdlog::debug("engine {}: batch {}, {:.1f} MiB", engine.description(), programs.batch,
                double(programs.session->memory_bytes()) / (1 << 20));
  return programs;
}

}  // namespace rfmap
