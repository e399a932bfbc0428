#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "rfmap/results.h"

#include "core/nan.h"
#include "core/timestamp.h"
#include "results/h5/attribute_io.h"
#include "results/h5/pending_file.h"
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

using Integers = std::vector<std::int64_t>;

void write_axis_field(hid_t group, const std::string& axis, const AxisField& field) {
  std::vector<double> pieces;
  for (const AxisField::Piece& p : field.pieces)
    pieces.insert(pieces.end(), {p.start, p.stride, p.size});
  h5::write_attribute(group, "rf_pieces_" + axis, pieces);
}

using Numbers = std::vector<double>;

void write_layer_attributes(hid_t group, const LayerRecord& layer) {
  const Field& f = layer.field;
  h5::write_attribute(group, "name", layer.name);
  h5::write_attribute(group, "kind", layer.kind);
  h5::write_attribute(group, "channels", std::int64_t(layer.channels));
  h5::write_attribute(group, "map_shape", Integers{layer.map.h, layer.map.w});
  h5::write_attribute(group, "rf_size", Numbers{f.y.size(), f.x.size()});
  h5::write_attribute(group, "rf_stride", Numbers{f.y.stride(), f.x.stride()});
  h5::write_attribute(group, "rf_padding", Numbers{f.y.padding(), f.x.padding()});
  const Field local = f.local();
  h5::write_attribute(group, "local_rf_size", Numbers{local.y.size(), local.x.size()});
  h5::write_attribute(group, "local_rf_stride", Numbers{local.y.stride(), local.x.stride()});
  h5::write_attribute(group, "local_rf_padding", Numbers{local.y.padding(), local.x.padding()});
  h5::write_attribute(group, "rf_global_path", std::int64_t(f.has_global_path()));
  h5::write_attribute(group, "rf_aligned", std::int64_t(f.aligned()));
  h5::write_attribute(group, "rf_global", std::int64_t(f.global));
  write_axis_field(group, "y", f.y);
  write_axis_field(group, "x", f.x);
  h5::write_attribute(group, "top_k", std::int64_t(layer.top_k));
  h5::write_attribute(group, "bottom_k", std::int64_t(layer.bottom_k));
  h5::write_attribute(group, "size_flat", double(layer.size_flat));
}

void require(bool kept, const char* contract) {
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
  h5::Dataset field, count, signed_field, change, gradient;
  UnitTable table;
  std::vector<bool> written;
};

}  // namespace

struct ResultsWriter::State {
  State(const std::string& path, bool maps) : file(path), keep_maps(maps) {}

  Scope root() const { return {file.id()}; }
  void open_section(Ranking ranking);
  void write_maps(int index, const UnitRecord& unit, Section& section) const;
  void close_section(Ranking ranking);
  Extents extents() const;

  PendingFile file;
  bool keep_maps;
  RunRecord run;                    ///< without what is already written
  std::vector<std::string> groups;  ///< by layer
  std::vector<bool> done;           ///< by layer
  h5::Group layers, layer_group;
  LayerRecord layer;
  Section sections[2];  ///< by Ranking
};

ResultsWriter::ResultsWriter(const std::string& path, const RunRecord& run, bool keep_maps) {
  check_run(run);
  state_ = std::make_unique<State>(path, keep_maps);
  State& s = *state_;
  s.run.grid = run.grid;
  s.run.with_gradient = run.with_gradient;
  s.run.layers = run.layers;
  s.groups = group_names(run.layers);
  s.done.assign(run.layers.size(), false);
  s.file.guarded([&] {
    const Scope root = s.root();
    h5::write_attribute(root.group, "format", std::string(kFormat));
    for (const auto& [name, value] : run.attributes) h5::write_attribute(root.group, name, value);
    write_root_scales(root, run.grid);
    write_occluder(root, run);
    write_images(root, run);
    s.layers = h5::create_group(root.group, "layers");
    h5::write_attribute(s.layers.get(), "order", s.groups);
  });
}

ResultsWriter::~ResultsWriter() = default;

Extents ResultsWriter::State::extents() const {
  return {{{"unit", layer.units.size()},
           {"rank", hsize_t(layer.top_k)},
           {std::string(kBottomRank), hsize_t(layer.bottom_k)},
           {"y", hsize_t(layer.canvas.height)},
           {"x", hsize_t(layer.canvas.width)},
           {"axis", kAxis.size()},
           {"bound", kBound.size()},
           {"box_side", kBoxSide.size()},
           {"gaussian_parameter", kGaussianParameter.size()},
           {"grid_y", hsize_t(run.grid.count.h)},
           {"grid_x", hsize_t(run.grid.count.w)}}};
}

void ResultsWriter::State::open_section(Ranking ranking) {
  Section& section = sections[int(ranking)];
  section = Section{};
  const int ranks = layer.k(ranking);
  section.table = UnitTable(int(layer.units.size()), ranks, run.with_gradient);
  section.written.assign(layer.units.size(), false);
  const Scope top = root();
  const Scope outer{layer_group.get(), &top};
  const bool bottom = ranking == Ranking::bottom;
  if (bottom) section.group = h5::create_group(layer_group.get(), "bottom");
  const Scope inner{section.group.get(), &outer, Ranking::bottom};
  const Scope& scope = bottom ? inner : outer;
  const Extents lengths = extents();
  if (bottom) write_item(scope, bottom_rank_item(), lengths, counting(ranks));
  section.field = create_item(scope, item_of(map_items(), "receptive_field"), lengths);
  section.count = create_item(scope, item_of(map_items(), "count"), lengths);
  section.signed_field = create_item(scope, item_of(map_items(), "signed_field"), lengths);
  if (keep_maps) section.change = create_item(scope, item_of(map_items(), "discrepancy"), lengths);
  if (run.with_gradient)
    section.gradient = create_item(scope, item_of(map_items(), "gradient_field"), lengths);
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
  s.file.guarded([&] {
    s.layer_group = h5::create_group(s.layers.get(), s.groups[index]);
    write_layer_attributes(s.layer_group.get(), layer);
    const Scope root = s.root();
    const Scope scope{s.layer_group.get(), &root};
    const Extents lengths = s.extents();
    write_item(scope, item_of(layer_scales(), "unit"), lengths,
               std::vector<std::int32_t>(layer.units.begin(), layer.units.end()));
    write_item(scope, item_of(layer_scales(), "rank"), lengths, counting(layer.top_k));
    write_item(scope, item_of(layer_scales(), "y"), lengths, offsets(layer.canvas.height));
    write_item(scope, item_of(layer_scales(), "x"), lengths, offsets(layer.canvas.width));
    s.open_section(Ranking::top);
    if (layer.bottom_k > 0) s.open_section(Ranking::bottom);
  });
}

void ResultsWriter::State::write_maps(int index, const UnitRecord& unit, Section& section) const {
  const hsize_t i = hsize_t(index), h = hsize_t(layer.canvas.height),
                w = hsize_t(layer.canvas.width);
  const h5::Slab map{{i, 0, 0}, {1, h, w}};
  require(unit.field.mean.size() == h * w && unit.field.count.size() == h * w,
          "maps of the canvas' size");
  h5::write_slab(section.field, map, std::span(unit.field.mean));
  h5::write_slab(section.count, map, std::span(unit.field.count));
  require(unit.field.signed_mean.size() == h * w, "a signed field of the canvas' size");
  h5::write_slab(section.signed_field, map, std::span(unit.field.signed_mean));
  if (run.with_gradient) {
    require(unit.gradient && unit.gradient->mean.size() == h * w, "a gradient of the canvas' size");
    h5::write_slab(section.gradient, map, std::span(unit.gradient->mean));
  }
  if (!keep_maps) return;
  const hsize_t gh = hsize_t(run.grid.count.h), gw = hsize_t(run.grid.count.w);
  require(unit.change.size() == unit.peaks.size() * gh * gw, "a change map for each rank");
  if (!unit.peaks.empty())
    h5::write_slab(section.change, {{i, 0, 0, 0}, {1, unit.peaks.size(), gh, gw}},
                   std::span(unit.change));
  // Ranks without an image too: a chunk that is not there is a sign of damage.
  const std::vector<float> none(gh * gw, kNan);
  for (hsize_t r = unit.peaks.size(); r < hsize_t(section.table.ranks()); ++r)
    h5::write_slab(section.change, {{i, r, 0, 0}, {1, 1, gh, gw}}, std::span(none));
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
  const Scope top = root();
  const Scope outer{layer_group.get(), &top};
  const Scope inner{section.group.get(), &outer, Ranking::bottom};
  const Scope& scope = ranking == Ranking::top ? outer : inner;
  section.table.write(scope, extents());
  for (const auto& [name, value] : layer_figures(section.table))
    h5::write_attribute(scope.group, name, value);
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
    h5::write_attribute(s.file.id(), "finished", timestamp());
    s.layers.reset();
  });
  s.file.commit();
}

}  // namespace rfmap
