#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "core/utf8.h"
#include "results/h5/attribute_io.h"
#include "results/open_file.h"
#include "results/reader_checks.h"
#include "results/record_attributes.h"
#include "results/schema.h"
#include "results/unit_table.h"

namespace rfmap {
using namespace results;
namespace {

/// Files without labels have no such dataset.
ImageList with_labels(const ImageList& images, hid_t group) {
  const h5::Dataset labels = h5::open_dataset(group, "label");
  if (h5::length_of_list(labels) != images.size())
    throw h5::Failure("read images", "path and label differ in length");
  ImageList labelled;
  h5::for_text_blocks(labels, [&](const std::vector<std::string>& block) {
    for (const std::string& label : block)
      labelled.push_back({images[labelled.size()].path, core::bytes_of_utf8(label)});
  });
  return labelled;
}

template <class T>
Spooled<T> read_image_numbers(hid_t group, const std::string& name, std::size_t wanted) {
  const h5::Dataset dataset = h5::open_dataset(group, name);
  if (h5::length_of_list(dataset) != wanted)
    throw h5::Failure("read images", "path, height, width, status and cluster differ in length");
  Spooled<T> numbers;
  h5::for_blocks<T>(dataset, [&](const std::vector<T>& block) { numbers.append(block); });
  return numbers;
}

Spooled<Size> read_image_sizes(hid_t group, std::size_t wanted) {
  const auto heights = read_image_numbers<std::int32_t>(group, "height", wanted);
  const auto widths = read_image_numbers<std::int32_t>(group, "width", wanted);
  Spooled<Size> sizes;
  heights.for_blocks([&](std::size_t first, std::span<const std::int32_t> block) {
    std::vector<std::int32_t> across(block.size());
    widths.read(first, across);
    for (std::size_t i = 0; i < block.size(); ++i) sizes.push_back({block[i], across[i]});
  });
  return sizes;
}

void read_images(hid_t root, RunRecord& run) {
  const h5::Group group = h5::open_group(root, "images");
  h5::for_text_blocks(h5::open_dataset(group.get(), "path"),
                      [&](const std::vector<std::string>& block) {
                        for (const std::string& path : block)
                          run.images.push_back({core::bytes_of_utf8(path), ""});
                      });
  const std::size_t n = run.images.size();
  if (h5::exists(group.get(), "label")) run.images = with_labels(run.images, group.get());
  run.image_sizes = read_image_sizes(group.get(), n);
  run.image_status = read_image_numbers<std::uint8_t>(group.get(), "status", n);
  if (version_of(root) >= 2) {
    run.image_clusters = read_image_numbers<std::int32_t>(group.get(), "cluster", n);
  } else {
    for (std::size_t i = 0; i < n; ++i) run.image_clusters.push_back(kNone);
  }
}

/// Of a file that does not know each unit's own (rfmap-1).
std::array<float, 2> local_size(const Field& field) {
  const Field local = field.local();
  return {float(local.y.size()), float(local.x.size())};
}

/// The group of a layer's top or bottom K that was read last.
struct OpenSection {
  int layer = -1;
  Ranking ranking = Ranking::top;
  h5::Group group;
  std::vector<h5::Dataset> maps;
  UnitTable table;
};

}  // namespace

struct ResultsReader::State {
  std::string path;
  h5::File file;
  RunRecord run;
  std::vector<std::string> groups;
  std::vector<LayerRecord> layers;
  Holds holds;
  std::optional<OpenSection> section;

  void read_all();
  const OpenSection& open(int layer, Ranking ranking);
};

void ResultsReader::State::read_all() {
  run.attributes = h5::read_attributes(file.get());
  read_occluder(file.get(), run);
  require_grid(run);
  read_images(file.get(), run);
  const h5::Group all = h5::open_group(file.get(), "layers");
  groups = h5::read_text_list(all.get(), "order");
  for (const std::string& name : groups) {
    const h5::Group group = h5::open_group(all.get(), name);
    layers.push_back(read_layer(group.get()));
    require_layer(layers.back(), run);
    if (std::ranges::find(run.layers, layers.back().name) != run.layers.end())
      throw h5::Failure("read attribute name of layer " + name, "another layer has it too");
    run.layers.push_back(layers.back().name);
    run.keep_maps = run.keep_maps || h5::exists(group.get(), "discrepancy");
    run.with_gradient = run.with_gradient || h5::exists(group.get(), "gradient_field");
  }
  holds = {run.with_gradient, run.keep_maps, version_of(file.get())};
}

const OpenSection& ResultsReader::State::open(int layer, Ranking ranking) {
  if (section && section->layer == layer && section->ranking == ranking) return *section;
  const LayerRecord& record = layers.at(std::size_t(layer));
  section.reset();
  OpenSection s{layer, ranking};
  const std::string name =
      "layers/" + groups[std::size_t(layer)] + (ranking == Ranking::top ? "" : "/bottom");
  s.group = h5::open_group(file.get(), name);
  s.table = UnitTable::read(s.group.get(), int(record.units.size()), record.k(ranking), holds);
  for (const MapRow& row : map_rows(holds))
    s.maps.push_back(h5::open_dataset(s.group.get(), std::string(row.name)));
  return section.emplace(std::move(s));
}

ResultsReader::ResultsReader(const std::string& path) : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->file = open_results(path);
  reading(path, [&] { state_->read_all(); });
}
ResultsReader::~ResultsReader() = default;
ResultsReader::ResultsReader(ResultsReader&&) noexcept = default;

const RunRecord& ResultsReader::run() const { return state_->run; }
const std::vector<LayerRecord>& ResultsReader::layers() const { return state_->layers; }
const std::string& ResultsReader::group(int layer) const {
  return state_->groups.at(std::size_t(layer));
}
bool ResultsReader::keeps_maps() const { return state_->run.keep_maps; }

std::vector<std::uint8_t> ResultsReader::patches() const {
  return reading(state_->path, [&] {
    const h5::Group group = h5::open_group(state_->file.get(), "occluder");
    if (!h5::exists(group.get(), "patch")) return std::vector<std::uint8_t>();
    return h5::read_all<std::uint8_t>(h5::open_dataset(group.get(), "patch"));
  });
}

UnitRecord ResultsReader::unit(int layer, int index, Ranking ranking) const {
  State& s = *state_;
  return reading(s.path, [&] {
    const OpenSection& section = s.open(layer, ranking);
    const LayerRecord& record = s.layers[std::size_t(layer)];
    if (index < 0 || index >= section.table.units()) throw std::out_of_range("unit's index");
    UnitRecord unit = section.table.get(index);
    if (std::isnan(unit.rf_size[0])) unit.rf_size = local_size(record.field);
    const Extents extents = layer_extents(record, s.run.grid);
    const std::vector<MapRow> rows = map_rows(s.holds);
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (!rows[i].per_rank() || !unit.peaks.empty())
        rows[i].read(unit, section.maps[i], rows[i].slab(index, unit.peaks.size(), extents));
    require_unit(unit, record, s.run);
    return unit;
  });
}

}  // namespace rfmap
