#include "run/programs.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "rfmap/error.h"
#include "rfmap/plan.h"

namespace rfmap {
namespace {

constexpr std::size_t kDefaultMemory = std::size_t(1) << 30;
constexpr int kLargestBatch = 16;  // larger ones fall out of the cache (docs/benchmarks.md)

ProgramSet make_set(const Setup& setup, const Config& config, int batch) {
  ProgramSet set;
  set.residents.push_back({setup.input(), 1, -1, "image"});
  set.patch = setup.grid.occluder;
  set.patches = patch_count(setup, config.fill);
  std::vector<Target> targets;
  std::vector<int> nodes;
  for (const MeasuredLayer& layer : setup.layers) {
    targets.push_back({layer.node, layer.units});
    nodes.push_back(layer.node);
  }
  const Graph& graph = setup.model.graph;
  set.programs.push_back(scan_program(graph, targets, batch, config.bottom_k > 0));
  set.programs.push_back(load_program(setup.input(), 1));
  set.programs.push_back(occlude_program(graph, nodes, batch, config.response));
  return set;
}

std::size_t scratch(const ProgramSet& set) {
  std::size_t bytes = 0;
  for (const Program& program : set.programs) bytes += scratch_bytes(program);
  return bytes;
}

ProgramSet fitting_set(const Setup& setup, const Config& config, int& batch) {
  if (config.batch > 0) return make_set(setup, config, batch = config.batch);
  const std::size_t budget = config.memory ? config.memory : kDefaultMemory;
  for (batch = kLargestBatch;; batch /= 2) {
    ProgramSet set = make_set(setup, config, batch);
    if (batch == 2 || scratch(set) <= budget) return set;
  }
}

}  // namespace

int patch_count(const Setup& setup, Fill fill) {
  return fill == Fill::noise || fill == Fill::blur ? setup.grid.positions() : 1;
}

Programs compile_programs(Engine& engine, const Setup& setup, const Config& config) {
  if (config.batch == 1)
    throw ConfigError(
        "--batch 1: the original rides in every batch beside the occluded copies; use at least 2");
  Programs programs;
  const ProgramSet set = fitting_set(setup, config, programs.batch);
  programs.macs_per_pass = macs(set.programs[programs.occlude]);
  programs.session = engine.compile(set);
  spdlog::debug("engine {}: batch {}, {:.1f} MiB", engine.description(), programs.batch,
                double(programs.session->memory_bytes()) / (1 << 20));
  return programs;
}

}  // namespace rfmap
