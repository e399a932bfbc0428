#include "rfmap/again.h"

#include <algorithm>

#include "rfmap/error.h"
#include "rfmap/run.h"

#include "core/log.h"
#include "core/parallel.h"
#include "run/gradient_fields.h"

namespace rfmap {
namespace {

/// One layer of the file, top or bottom, and how it is measured now.
struct Section {
  const ResultsReader& in;
  const AggregateRules& rules;
  LayerRecord layer;
  int index = 0;
  Ranking ranking = Ranking::top;
  bool gradients = false;
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
  record.field =
      aggregate_unit(maps, grid, s.layer.canvas, s.rules, s.layer.units[std::size_t(unit)]);
  if (!s.gradients) return;
  record.gradient =
      measure_gradient_field(std::move(record.gradient->mean),
                             {record.field, s.layer.canvas, s.in.run().occluder, s.rules});
}

/// A block of units at a time, as many as threads.
void write_section(const Section& s, int threads, ResultsWriter& writer) {
  const int units = int(s.layer.units.size());
  for (int begin = 0; begin < units; begin += threads) {
    if (stop_requested()) throw Interrupted("interrupted while the fields were averaged");
    std::vector<UnitRecord> block;
    for (int u = begin; u < std::min(begin + threads, units); ++u)
      block.push_back(s.in.unit(s.index, u, s.ranking));
    in_parallel(int(block.size()), threads, [&](int i) { aggregate(s, begin + i, block[i]); });
    for (std::size_t i = 0; i < block.size(); ++i)
      writer.write_unit(begin + int(i), block[i], s.ranking);
  }
}

/// Where the run's responses were read, which no other rule changes. Files of format rfmap-1 do not
/// say: there it was the first position.
Recentre recentre_of(const RunRecord& run) {
  const Attribute* recentre = find_attribute(run.attributes, "recentre");
  const auto* text = recentre ? std::get_if<std::string>(recentre) : nullptr;
  return text && *text == "ties-mean" ? Recentre::ties_mean : Recentre::first;
}

bool whole_map(const RunRecord& run, const Field& field) {
  const Attribute* response = find_attribute(run.attributes, "response");
  const auto* text = response ? std::get_if<std::string>(response) : nullptr;
  return field.global || (text && *text != "location");
}

LayerRecord by_rules(LayerRecord layer, const RunRecord& run, const AggregateRules& rules) {
  layer.canvas = make_canvas(layer.field, run.grid, rules, whole_map(run, layer.field));
  layer.size_flat = size_flat(layer.field, run.grid, rules);
  return layer;
}

void set(Attributes& attributes, const std::string& name, std::int64_t value) {
  const auto at = std::ranges::find(attributes, name, &Attributes::value_type::first);
  if (at == attributes.end())
    attributes.emplace_back(name, value);
  else
    at->second = value;
}

bool same(const Canvas& a, const Canvas& b) { return a.height == b.height && a.width == b.width; }

}  // namespace

void aggregate_again(const ResultsReader& in, const AggregateRules& given, const RunRecord& run,
                     const std::string& out, int threads) {
  AggregateRules rules = given;
  rules.recentre = recentre_of(in.run());
  std::vector<LayerRecord> layers;
  RunRecord record = run;
  for (const LayerRecord& layer : in.layers()) {
    layers.push_back(by_rules(layer, in.run(), rules));
    if (!record.with_gradient || same(layers.back().canvas, layer.canvas)) continue;
    log::warn("--deposit changes the canvas, so the gradient fields are left out of {}", out);
    record.with_gradient = false;
  }
  set(record.attributes, "with-gradient", std::int64_t(record.with_gradient));
  set(record.attributes, "recentre_rounded", std::int64_t(rounds_ties(rules)));
  ResultsWriter writer(out, record, true);
  for (int l = 0; l < int(layers.size()); ++l) {
    writer.begin_layer(layers[l]);
    for (const Ranking ranking : {Ranking::top, Ranking::bottom}) {
      if (layers[l].k(ranking) == 0) continue;
      const Section section{in, rules, layers[l], l, ranking, record.with_gradient};
      write_section(section, thread_count(threads), writer);
    }
    writer.end_layer();
  }
  writer.finish();
}

}  // namespace rfmap
