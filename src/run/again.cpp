#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/estimate.h"

#include "core/log.h"
#include "core/parallel.h"
#include "method/recorded.h"
#include "run/fields.h"
#include "run/record.h"

namespace rfmap {
using namespace run;
namespace {

Canvas canvas_by_rules(const LayerRecord& layer, const Grid& grid, const AggregateRules& rules,
                       Response response) {
  const bool whole = layer.field.global || response != Response::location;
  return make_canvas(layer.field, grid, rules, whole ? CanvasOf::whole_input : CanvasOf::field);
}

LayerRecord by_rules(LayerRecord layer, const Grid& grid, const AggregateRules& rules,
                     Response response) {
  layer.canvas = canvas_by_rules(layer, grid, rules, response);
  layer.size_flat = size_flat(typical_size(layer.field, layer.map), grid, rules);
  return layer;
}

/// The maps' size follows from field and grid; other attributes than the run's would give maps of
/// any size.
void require_own_canvas(const LayerRecord& layer, const Grid& grid, const Method& run) {
  const Canvas own = canvas_by_rules(layer, grid, run.rules, run.response);
  if (own.height > layer.canvas.height || own.width > layer.canvas.width)
    throw DataError(fmt::format(
        "the results are damaged: the maps of layer {} have {} x {} px, and its theoretical field "
        "and grid give {} x {}",
        layer.name, layer.canvas.height, layer.canvas.width, own.height, own.width));
}

bool same(const Canvas& a, const Canvas& b) { return a.height == b.height && a.width == b.width; }

}  // namespace

void aggregate_again(const ResultsReader& in, const AggregateRules& given, const std::string& out,
                     std::optional<int> threads, const Hooks& hooks) {
  if (!in.keeps_maps())
    throw ConfigError(
        "the results hold no maps to aggregate again; repeat the run with --keep-maps");
  const Method run = method::recorded_method(in.run().attributes);
  AggregateRules rules = given;
  rules.recentre = run.rules.recentre;
  RunRecord record = record_with_rules(in, rules);
  std::vector<LayerRecord> layers;
  for (const LayerRecord& layer : in.layers()) {
    require_own_canvas(layer, record.grid, run);
    layers.push_back(by_rules(layer, record.grid, rules, run.response));
    if (!record.with_gradient || same(layers.back().canvas, layer.canvas)) continue;
    log::warn("--deposit changes the canvas, so the gradient fields are left out of {}", out);
    record.with_gradient = false;
  }
  set_attribute(record.attributes, "with-gradient", std::int64_t(record.with_gradient));
  ResultsWriter writer(out, record);
  for (int l = 0; l < int(layers.size()); ++l) {
    writer.begin_layer(layers[l]);
    for (const Ranking ranking : {Ranking::top, Ranking::bottom}) {
      if (layers[l].k(ranking) == 0) continue;
      const auto read = [&](int unit) { return UnitMaps{in.unit(l, unit, ranking), {}}; };
      write_section(
          {record, layers[l], ranking, rules, run.seed, core::thread_count(threads), hooks}, read,
          writer);
    }
    writer.end_layer();
  }
  writer.finish();
}

}  // namespace rfmap
