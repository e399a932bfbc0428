#include "run/count_costs.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "results/file_size.h"
#include "run/blocks.h"
#include "run/patches.h"
#include "run/scan.h"

namespace rfmap::run {
namespace {

CostRange range_of(const Work (&works)[3], double Work::*part) {
  return {works[0].*part, works[1].*part, works[2].*part};
}

void count_layers(const Run& run, const LayerWays& ways, RunCosts& costs) {
  const double images = double(run.images.size());
  const double pairs =
      std::min(double(run.method.top_k), images) + std::min(double(run.method.bottom_k), images);
  for (int l = 0; l < int(run.layers.size()); ++l) {
    const MeasuredLayer& layer = run.layers[l];
    const int units = int(layer.units.size());
    const bool windows = std::ranges::count(ways.window_layers, l) > 0;
    costs.layers.push_back({layer.name, layer.kind, layer.map, units, units * pairs, windows});
    costs.units += units;
  }
}

void count_copies(const Run& run, const LayerWays& ways, RunCosts& costs) {
  Work works[3];
  constexpr Choices kChoices[] = {Choices::together, Choices::independent, Choices::apart};
  for (int i = 0; i < 3; ++i) {
    const DrawnJobs drawn = draw_jobs(run, kChoices[i]);
    works[i] = expected_work(run, ways, drawn);
    if (kChoices[i] != Choices::independent) continue;
    double positions = 0;
    for (const ImageJob& job : drawn.jobs)
      positions += count_positions(run, drawn.pairs, job.pairs) * drawn.share();
    costs.macs_without_windows = positions * ways.macs_per_pass;
  }
  costs.measured = {distinct_images(run, Choices::together),
                    distinct_images(run, Choices::independent),
                    distinct_images(run, Choices::apart)};
  costs.full_copies = range_of(works, &Work::full_copies);
  costs.window_copies = range_of(works, &Work::window_copies);
  costs.full_macs = range_of(works, &Work::full);
  costs.full_call_macs = range_of(works, &Work::full_calls);
  costs.window_macs = range_of(works, &Work::windows);
}

/// Adds the values of an operation's constants that are not in `seen` yet.
struct CountConstants {
  std::set<const void*>& seen;
  double& values;
  void add(const Floats& floats) const {
    if (floats && seen.insert(floats.get()).second) values += double(floats->size());
  }
  template <class Op>
  void operator()(const Op& op) const {
    if constexpr (requires { add(op.weights); }) add(op.weights);
    if constexpr (requires { add(op.weight); }) add(op.weight);
    if constexpr (requires { add(op.bias); }) add(op.bias);
    if constexpr (requires { add(op.scale); }) add(op.scale);
    if constexpr (requires { add(op.shift); }) add(op.shift);
    if constexpr (requires { add(op.values); }) add(op.values);
    if constexpr (requires { add(op.slope); }) add(op.slope);
  }
};

double weight_bytes(const Graph& graph) {
  std::set<const void*> seen;
  double values = 0;
  for (const Node& node : graph.nodes) std::visit(CountConstants{seen, values}, node.op);
  return values * sizeof(float);
}

double original_bytes(const LayerWays& ways) {
  double values = 0;
  if (!ways.window_layers.empty())
    for (const plan::Value& value : ways.plan->originals())
      values += double(value.shape.volume()) * value.batch;
  return values * sizeof(float);
}

/// Beside the engine: images read ahead (rfmap/images.h), maps in hand, the list of pairs.
double host_bytes(const Run& run, const RunCosts& costs) {
  const double ahead = (4.0 * run.threads + 16) * double(run.input().volume());
  const double at_once = costs.pairs / std::max(1.0, costs.measured.least);
  return ahead + costs.pairs * sizeof(Pair) + at_once * run.grid.positions() * sizeof(float);
}

MemoryCosts count_memory(const Run& run, const LayerWays& ways, BatchLimits limits,
                         const RunCosts& costs) {
  MemoryCosts memory;
  memory.batch = run.machine.batch ? *run.machine.batch : choose_batch(run, limits);
  memory.values = double(batch_bytes(run, ways, memory.batch));
  memory.limit = double(run.machine.memory.value_or(limits.bytes));
  memory.weights = weight_bytes(run.model.graph);
  memory.originals = original_bytes(ways);
  memory.host = host_bytes(run, costs);
  for (int batch = std::max(limits.samples, 2); batch > 1; batch /= 2)
    memory.batches.emplace_back(batch, double(batch_bytes(run, ways, batch)));
  return memory;
}

DiskCosts count_disk(const Run& run, const RunCosts& costs) {
  RunRecord record;
  record.grid = run.grid;
  record.with_gradient = run.method.with_gradient;
  record.keep_maps = run.method.keep_maps;
  DiskCosts disk;
  disk.results = results::image_list_bytes(run.images);
  if (run.method.fill == Fill::noise)
    disk.results +=
        double(run.grid.positions()) * run.input().c * run.grid.occluder.h * run.grid.occluder.w;
  for (const MeasuredLayer& layer : run.layers) disk.results += results::layer_bytes(layer, record);
  const double blocks = std::ceil(costs.images / images_per_block(int(run.images.size())));
  const double peaks = costs.units * (run.method.top_k + run.method.bottom_k);
  disk.parts = results::scan_part_bytes(costs.images, blocks * peaks) +
               results::part_bytes(costs.pairs, run.grid.positions());
  if (run.method.with_gradient)
    disk.parts += results::part_bytes(costs.pairs, double(run.input().area()));
  return disk;
}

}  // namespace

Work expected_work(const Run& run, const LayerWays& ways, const DrawnJobs& drawn) {
  Work work;
  for (const ImageJob& job : drawn.jobs) work += count_work(run, ways, drawn.pairs, job);
  const double share = drawn.share();
  return {work.full * share, work.windows * share, work.full_calls * share,
          work.full_copies * share, work.window_copies * share};
}

RunCosts count_costs(const Run& run, const LayerWays& ways, BatchLimits limits) {
  RunCosts costs;
  costs.images = double(run.images.size());
  costs.pairs = most_pairs(run);
  costs.positions = run.grid.positions();
  count_layers(run, ways, costs);
  count_copies(run, ways, costs);
  costs.scan_macs = costs.images * ways.macs_per_pass;
  costs.memory = count_memory(run, ways, limits, costs);
  costs.disk = count_disk(run, costs);
  return costs;
}

}  // namespace rfmap::run
