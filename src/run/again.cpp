#include <algorithm>

#include "rfmap/error.h"
#include "rfmap/estimate.h"

#include "core/log.h"
#include "core/parallel.h"
#include "method/recorded.h"
#include "run/gradient_fields.h"
#include "run/phase_progress.h"
#include "run/record.h"

namespace rfmap {
using namespace run;
namespace {

/// One layer of the file, top or bottom, and how it is measured now.
struct Section {
  const ResultsReader& in;
  const AggregateRules& rules;
  const Hooks& hooks;
  LayerRecord layer;
  int index = 0;
  Ranking ranking = Ranking::top;
  bool gradients = false;
  std::uint64_t seed = 0;
};

void aggregate(const Section& s, int unit, UnitRecord& record) {
  const Grid& grid = s.in.run().grid;
  const std::size_t positions = grid.positions();
  std::vector<float> change = record.change;
  if (s.ranking == Ranking::bottom)
    for (float& v : change) v = -v;
  std::vector<ChangeMap> maps;
  for (std::size_t r = 0; r < record.peaks.size(); ++r)
    maps.push_back({std::span<const float>(change).subspan(r * positions, positions),
                    response_centre(s.layer.field, record.peaks[r]),
                    s.in.run().image_clusters.at(std::size_t(record.peaks[r].image))});
  record.field = aggregate_unit(maps, grid, s.layer.canvas, s.rules,
                                {s.seed, s.layer.units[std::size_t(unit)]});
  if (!s.gradients) return;
  record.gradient =
      measure_gradient_field(std::move(record.gradient->mean),
                             {record.field, s.layer.canvas, s.in.run().occluder, s.rules});
}

/// A block of units at a time, as many as threads.
void write_section(const Section& s, int threads, ResultsWriter& writer) {
  const int units = int(s.layer.units.size());
  for (int begin = 0; begin < units; begin += threads) {
    stop_if_asked(s.hooks, "interrupted while the fields were averaged");
    std::vector<UnitRecord> block;
    for (int u = begin; u < std::min(begin + threads, units); ++u)
      block.push_back(s.in.unit(s.index, u, s.ranking));
    in_parallel(int(block.size()), threads, [&](int i) { aggregate(s, begin + i, block[i]); });
    for (std::size_t i = 0; i < block.size(); ++i)
      writer.write_unit(begin + int(i), block[i], s.ranking);
  }
}

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
  ResultsWriter writer(out, record, true);
  for (int l = 0; l < int(layers.size()); ++l) {
    writer.begin_layer(layers[l]);
    for (const Ranking ranking : {Ranking::top, Ranking::bottom}) {
      if (layers[l].k(ranking) == 0) continue;
      const Section section{in,      rules, hooks, layers[l], l, ranking, record.with_gradient,
                            run.seed};
      write_section(section, thread_count(threads), writer);
    }
    writer.end_layer();
  }
  writer.finish();
}

}  // namespace rfmap
