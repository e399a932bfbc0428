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

LayerRecord by_rules(LayerRecord layer, const Grid& grid, const AggregateRules& rules,
                     Response response) {
  const bool whole = layer.field.global || response != Response::location;
  layer.canvas =
      make_canvas(layer.field, grid, rules, whole ? CanvasOf::whole_input : CanvasOf::field);
  layer.size_flat = size_flat(layer.field, grid, rules);
  return layer;
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
      write_section({record, layers[l], ranking, rules, run.seed, thread_count(threads), hooks},
                    read, writer);
    }
    writer.end_layer();
  }
  writer.finish();
}

}  // namespace rfmap
