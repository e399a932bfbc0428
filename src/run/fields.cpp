#include "run/fields.h"

#include <algorithm>

#include "rfmap/error.h"

#include "core/parallel.h"
#include "run/gradient_fields.h"
#include "run/phase_progress.h"

namespace rfmap::run {
namespace {

/// One unit's share of the pairs, and what comes of it.
struct UnitTask {
  int unit = 0;
  std::vector<int> pairs;
  UnitRecord record;
  std::vector<float> gradients;  ///< [rank, H, W], with --with-gradient
};

/// All of one (layer, top or bottom).
struct Section {
  const Run& run;
  const std::vector<Pair>& pairs;
  int layer = 0;
  Ranking ranking = Ranking::top;
  const MeasuredLayer& measured() const { return run.layers[layer]; }
};

/// Reads a unit's maps; the change of a bottom unit is negated so that `drop` is a rise towards 0.
void read_maps(const Section& section, Maps& maps, UnitTask& task) {
  const std::size_t positions = section.run.grid.positions();
  task.record.change.resize(task.pairs.size() * positions);
  for (std::size_t r = 0; r < task.pairs.size(); ++r) {
    const auto row = std::span(task.record.change).subspan(r * positions, positions);
    const float spread = maps.changes.read(task.pairs[r], row);
    task.record.noise_floor = std::max(task.record.noise_floor, spread);
    task.record.peaks.push_back(section.pairs[task.pairs[r]].peak);
  }
  if (!section.run.method.with_gradient) return;
  const std::size_t area = section.run.input().area();
  task.gradients.resize(task.pairs.size() * area);
  for (std::size_t r = 0; r < task.pairs.size(); ++r)
    maps.gradients.read(task.pairs[r], std::span(task.gradients).subspan(r * area, area));
}

/// Rows of `maps`, one a pair, with the centres of the pairs' locations.
std::vector<ChangeMap> rows_of(const Section& section, const UnitTask& task,
                               std::span<const float> maps, std::size_t length) {
  std::vector<ChangeMap> rows;
  for (std::size_t r = 0; r < task.pairs.size(); ++r)
    rows.push_back({maps.subspan(r * length, length),
                    response_centre(section.measured().field, task.record.peaks[r]),
                    section.run.clusters[task.record.peaks[r].image]});
  return rows;
}

void aggregate(const Section& section, UnitTask& task) {
  const MeasuredLayer& layer = section.measured();
  const std::size_t positions = section.run.grid.positions();
  std::vector<float> change = task.record.change;
  if (section.ranking == Ranking::bottom)
    for (float& v : change) v = -v;
  task.record.field =
      aggregate_unit(rows_of(section, task, change, positions), section.run.grid, layer.canvas,
                     section.run.method.rules, {section.run.method.seed, layer.units[task.unit]});
  if (!section.run.method.with_gradient) return;
  const Shape& input = section.run.input();
  const Comparison with{task.record.field, layer.canvas, section.run.method.occluder,
                        section.run.method.rules};
  task.record.gradient = gradient_field(rows_of(section, task, task.gradients, input.area()),
                                        {input.h, input.w}, with);
}

std::vector<UnitTask> list_tasks(const Section& section) {
  std::vector<UnitTask> tasks(section.measured().units.size());
  for (int u = 0; u < int(tasks.size()); ++u) tasks[u].unit = u;
  for (int id = 0; id < int(section.pairs.size()); ++id) {
    const Pair& pair = section.pairs[id];
    if (pair.layer == section.layer && pair.ranking == section.ranking)
      tasks[pair.unit].pairs.push_back(id);
  }
  return tasks;
}

void write_section(const Section& section, Maps& maps, ResultsWriter& writer,
                   PhaseProgress& progress) {
  std::vector<UnitTask> tasks = list_tasks(section);
  const int threads = section.run.threads;
  for (std::size_t begin = 0; begin < tasks.size(); begin += threads) {
    stop_if_asked(section.run.hooks, "interrupted while the fields were averaged");
    const auto block =
        std::span(tasks).subspan(begin, std::min<std::size_t>(threads, tasks.size() - begin));
    for (UnitTask& task : block) {
      read_maps(section, maps, task);
      task.record.rf_size = section.measured().unit_rf_size[task.unit];
    }
    in_parallel(int(block.size()), threads, [&](int i) { aggregate(section, block[i]); });
    for (UnitTask& task : block) {
      writer.write_unit(task.unit, task.record, section.ranking);
      task = {};
    }
    progress.advance(std::int64_t(block.size()));
  }
}

/// What the layer is by its name: a convolution stays one though its response is read after the
/// activation.
std::string kind_of(const Graph& graph, const MeasuredLayer& layer) {
  for (const Node& node : graph.nodes)
    if (node.name == layer.name) return kind_name(node.op);
  return kind_name(graph.nodes[layer.node].op);
}

LayerRecord layer_record(const Run& run, const MeasuredLayer& layer) {
  LayerRecord record;
  record.name = layer.name;
  record.kind = kind_of(run.model.graph, layer);
  record.channels = layer.map.c;
  record.map = {layer.map.h, layer.map.w};
  record.field = layer.field;
  record.canvas = layer.canvas;
  record.units = layer.units;
  record.top_k = run.method.top_k;
  record.bottom_k = run.method.bottom_k;
  record.size_flat = size_flat(layer.field, run.grid, run.method.rules);
  return record;
}

}  // namespace

void write_results(const Run& run, const std::vector<Pair>& pairs, Maps& maps,
                   const RunRecord& record) {
  std::int64_t units = 0;
  for (const MeasuredLayer& layer : run.layers) units += std::int64_t(layer.units.size());
  if (run.method.bottom_k > 0) units *= 2;
  PhaseProgress progress(run.hooks, "average", "units", units);
  ResultsWriter writer(run.output.path, record);
  for (int l = 0; l < int(run.layers.size()); ++l) {
    writer.begin_layer(layer_record(run, run.layers[l]));
    write_section({run, pairs, l, Ranking::top}, maps, writer, progress);
    if (run.method.bottom_k > 0)
      write_section({run, pairs, l, Ranking::bottom}, maps, writer, progress);
    writer.end_layer();
  }
  writer.finish();
}

}  // namespace rfmap::run
