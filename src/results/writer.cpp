#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "rfmap/results.h"

#include "core/nan.h"
#include "core/timestamp.h"
#include "results/h5/attribute_io.h"
#include "results/h5/pending_file.h"
#include "results/record_attributes.h"
#include "results/schema.h"
#include "results/unit_table.h"
#include "results/write_run.h"

namespace rfmap {
using namespace results;
namespace {

/// Offsets of a canvas' rows or columns from its middle.
std::vector<double> offsets(int n) {
  std::vector<double> v(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) v[std::size_t(i)] = i - (n - 1) / 2.0;
  return v;
}

void require(bool kept, const std::string& contract) {
  if (!kept) throw std::logic_error(contract);
}

void check_run(const RunRecord& run) {
  const std::size_t n = run.images.size();
  require(n > 0, "a results file needs images");
  require(
      run.image_sizes.size() == n && run.image_status.size() == n && run.image_clusters.size() == n,
      "a size, a status and a cluster for each image");
  const std::size_t patch =
      std::size_t(run.patch_channels) * std::size_t(run.occluder.h) * std::size_t(run.occluder.w);
  require(run.patches.empty() || run.patches.size() == patch * std::size_t(run.grid.positions()),
          "a patch for each grid position");
}

/// The top or bottom K of a layer while its units come in.
struct Section {
  h5::Group group;  ///< of its own for bottom; else the layer's
  std::vector<h5::Dataset> maps;
  UnitTable table;
  std::vector<bool> written;
};

}  // namespace

struct ResultsWriter::State {
  explicit State(const std::string& path) : file(path) {}

  Holds holds() const { return {.gradients = run.with_gradient, .change_maps = run.keep_maps}; }
  Scope scope(Ranking ranking) const;
  void open_section(Ranking ranking);
  void write_maps(int index, const UnitRecord& unit, Section& section) const;
  void close_section(Ranking ranking);

  PendingFile file;
  RunRecord run;                    ///< without what is already written
  std::vector<std::string> groups;  ///< by layer
  std::vector<bool> done;           ///< by layer
  h5::Group layers, layer_group;
  LayerRecord layer;
  Extents extents;      ///< of the layer
  Section sections[2];  ///< by Ranking
};

ResultsWriter::ResultsWriter(const std::string& path, const RunRecord& run) {
  check_run(run);
  state_ = std::make_unique<State>(path);
  State& s = *state_;
  s.run.grid = run.grid;
  s.run.with_gradient = run.with_gradient;
  s.run.keep_maps = run.keep_maps;
  s.run.layers = run.layers;
  s.groups = group_names(run.layers);
  s.done.assign(run.layers.size(), false);
  s.file.guarded([&] {
    const Scope root{s.file.id()};
    h5::write_attribute(root.group, "format", std::string(kFormat));
    h5::write_attributes(root.group, run.attributes);
    write_root_scales(root, run.grid);
    write_occluder(root, run);
    write_images(root, run);
    s.layers = h5::create_group(root.group, "layers");
    h5::write_attribute(s.layers.get(), "order", s.groups);
  });
}

ResultsWriter::~ResultsWriter() = default;

Scope ResultsWriter::State::scope(Ranking ranking) const {
  if (ranking == Ranking::top) return {layer_group.get()};
  return {sections[int(ranking)].group.get(), ranking};
}

void ResultsWriter::State::open_section(Ranking ranking) {
  Section& section = sections[int(ranking)];
  section = Section{};
  section.table = UnitTable(int(layer.units.size()), layer.k(ranking), holds());
  section.written.assign(layer.units.size(), false);
  if (ranking == Ranking::bottom) {
    section.group = h5::create_group(layer_group.get(), "bottom");
    write_counting(scope(ranking), bottom_rank_item(), extents);
  }
  for (const MapRow& row : map_rows(holds()))
    section.maps.push_back(create_item(scope(ranking), row, extents));
}

void ResultsWriter::begin_layer(const LayerRecord& layer) {
  State& s = *state_;
  const auto at = std::find(s.run.layers.begin(), s.run.layers.end(), layer.name);
  require(at != s.run.layers.end(), "a layer that RunRecord::layers has");
  require(!layer.units.empty() && layer.top_k > 0, "a layer with units and ranks");
  const std::size_t index = std::size_t(at - s.run.layers.begin());
  require(!s.done[index], "a layer once");
  s.done[index] = true;
  s.layer = layer;
  s.extents = layer_extents(layer, s.run.grid);
  s.file.guarded([&] {
    s.layer_group = h5::create_group(s.layers.get(), s.groups[index]);
    h5::write_attributes(s.layer_group.get(), layer_attributes(layer));
    const Scope scope = s.scope(Ranking::top);
    write_item(scope, item_of(layer_scales(), "unit"), s.extents,
               std::vector<std::int32_t>(layer.units.begin(), layer.units.end()));
    write_counting(scope, item_of(layer_scales(), "rank"), s.extents);
    write_item(scope, item_of(layer_scales(), "y"), s.extents, offsets(layer.canvas.height));
    write_item(scope, item_of(layer_scales(), "x"), s.extents, offsets(layer.canvas.width));
    s.open_section(Ranking::top);
    if (layer.bottom_k > 0) s.open_section(Ranking::bottom);
  });
}

void ResultsWriter::State::write_maps(int index, const UnitRecord& unit, Section& section) const {
  require(unit.gradient || !run.with_gradient, "a gradient of each unit");
  const std::size_t ranks = unit.peaks.size();
  const std::vector<MapRow> rows = map_rows(holds());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MapRow& row = rows[i];
    h5::Slab slab = row.slab(index, ranks, extents);
    require(row.length(unit) == h5::volume(slab.count),
            std::string(row.name) + " of the canvas' size, or a map for each rank");
    if (!row.per_rank() || ranks > 0) row.write(unit, section.maps[i], slab);
    if (!row.per_rank()) continue;
    // Ranks without an image too: a chunk that is not there is a sign of damage.
    slab.count[1] = 1;
    const std::vector<float> none(h5::volume(slab.count), core::kNan);
    for (slab.start[1] = ranks; slab.start[1] < hsize_t(section.table.ranks()); ++slab.start[1])
      h5::write_slab(section.maps[i], slab, std::span(none));
  }
}

void ResultsWriter::write_unit(int index, const UnitRecord& unit, Ranking ranking) {
  State& s = *state_;
  Section& section = s.sections[int(ranking)];
  require(s.layer.k(ranking) > 0, "bottom units only with bottom_k");
  require(index >= 0 && index < int(s.layer.units.size()), "an index within the layer's units");
  require(int(unit.peaks.size()) <= section.table.ranks(), "at most K peaks");
  section.table.put(index, unit);
  section.written[std::size_t(index)] = true;
  s.file.guarded([&] { s.write_maps(index, unit, section); });
}

void ResultsWriter::State::close_section(Ranking ranking) {
  Section& section = sections[int(ranking)];
  require(std::ranges::find(section.written, false) == section.written.end(),
          "every unit of a layer");
  section.table.write(scope(ranking), extents);
  h5::write_attributes(scope(ranking).group, layer_figures(section.table));
  section = Section{};
}

void ResultsWriter::end_layer() {
  State& s = *state_;
  s.file.guarded([&] {
    s.close_section(Ranking::top);
    if (s.layer.bottom_k > 0) s.close_section(Ranking::bottom);
    s.layer_group.reset();
  });
}

void ResultsWriter::finish() {
  State& s = *state_;
  require(std::ranges::find(s.done, false) == s.done.end(), "every layer");
  s.file.guarded([&] {
    h5::write_attribute(s.file.id(), "finished", core::timestamp());
    s.layers.reset();
  });
  s.file.commit();
}

}  // namespace rfmap
