#include "results/record_attributes.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "results/h5/attribute_io.h"
#include "results/h5/dataset.h"

namespace rfmap::results {
namespace {

using Integers = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

Numbers pieces_of(const AxisField& field) {
  Numbers pieces;
  for (const AxisField::Piece& p : field.pieces)
    pieces.insert(pieces.end(), {p.start, p.stride, p.size});
  return pieces;
}

/// (first, last) by position, whole pixels.
Integers boxes_of(const AxisField& field) {
  Integers boxes;
  for (const Interval& box : field.boxes)
    boxes.insert(boxes.end(), {std::llround(box.first), std::llround(box.last)});
  return boxes;
}

std::vector<Interval> read_boxes(hid_t group, const std::string& name) {
  std::vector<Interval> boxes;
  if (!h5::has_attribute(group, name)) return boxes;
  const auto v = h5::read_integers(group, name);
  if (v.size() % 2 != 0) throw h5::Failure("read attribute " + name, "it is not made of pairs");
  for (std::size_t i = 0; i < v.size(); i += 2) boxes.push_back({double(v[i]), double(v[i + 1])});
  return boxes;
}

Size read_size(hid_t object, const std::string& name) {
  const auto v = h5::read_integers(object, name);
  if (v.size() != 2) throw h5::Failure("read attribute " + name, "it has not two values");
  if (!std::in_range<int>(v[0]) || !std::in_range<int>(v[1]))
    throw h5::Failure("read attribute " + name, "it is beyond any size");
  return {int(v[0]), int(v[1])};
}

int read_count(hid_t object, const std::string& name) {
  const std::int64_t value = h5::read_integer(object, name);
  if (!std::in_range<int>(value))
    throw h5::Failure("read attribute " + name, "it is beyond any number of them");
  return int(value);
}

AxisField read_axis_field(hid_t group, const std::string& axis, bool aligned) {
  const auto v = h5::read_numbers(group, "rf_pieces_" + axis);
  if (v.empty() || v.size() % 3 != 0)
    throw h5::Failure("read attribute rf_pieces_" + axis, "it is not made of triples");
  AxisField field;
  field.pieces.clear();
  for (std::size_t i = 0; i < v.size(); i += 3) field.pieces.push_back({v[i], v[i + 1], v[i + 2]});
  field.aligned = aligned;
  field.boxes = read_boxes(group, "rf_boxes_" + axis);
  return field;
}

}  // namespace

Attributes layer_attributes(const LayerRecord& layer) {
  const Field &f = layer.field, local = f.local();
  const auto [h, w] = typical_size(f, layer.map);
  const Numbers size{h, w};
  Attributes attributes{{"name", layer.name},
                        {"kind", layer.kind},
                        {"channels", std::int64_t(layer.channels)},
                        {"map_shape", Integers{layer.map.h, layer.map.w}},
                        {"rf_size", f.has_global_path() ? Numbers{f.y.size(), f.x.size()} : size},
                        {"rf_stride", Numbers{f.y.stride(), f.x.stride()}},
                        {"rf_padding", Numbers{f.y.padding(), f.x.padding()}},
                        {"local_rf_size", size},
                        {"local_rf_stride", Numbers{local.y.stride(), local.x.stride()}},
                        {"local_rf_padding", Numbers{local.y.padding(), local.x.padding()}},
                        {"rf_global_path", std::int64_t(f.has_global_path())},
                        {"rf_aligned", std::int64_t(f.aligned())},
                        {"rf_global", std::int64_t(f.global)},
                        {"rf_pieces_y", pieces_of(f.y)},
                        {"rf_pieces_x", pieces_of(f.x)},
                        {"top_k", std::int64_t(layer.top_k)},
                        {"bottom_k", std::int64_t(layer.bottom_k)},
                        {"size_flat", double(layer.size_flat)}};
  if (!f.y.boxes.empty()) attributes.push_back({"rf_boxes_y", boxes_of(f.y)});
  if (!f.x.boxes.empty()) attributes.push_back({"rf_boxes_x", boxes_of(f.x)});
  if (!layer.node_name.empty()) attributes.push_back({"node", layer.node_name});
  return attributes;
}

void read_occluder(hid_t root, RunRecord& run) {
  const h5::Group group = h5::open_group(root, "occluder");
  run.occluder = run.grid.occluder = read_size(group.get(), "size");
  run.grid.stride = read_size(group.get(), "stride");
  run.grid.input = read_size(group.get(), "input");
  const Size first = read_size(group.get(), "first");
  run.grid.first = {first.h, first.w};
  run.grid.count = read_size(group.get(), "count");
  if (!h5::exists(group.get(), "patch")) return;
  const auto extent = h5::extent_of(h5::open_dataset(group.get(), "patch"));
  if (extent.size() == 4) run.patch_channels = int(extent[1]);
}

LayerRecord read_layer(hid_t group) {
  LayerRecord layer;
  layer.name = h5::read_text(group, "name");
  layer.kind = h5::read_text(group, "kind");
  if (h5::has_attribute(group, "node")) layer.node_name = h5::read_text(group, "node");
  layer.channels = read_count(group, "channels");
  layer.map = read_size(group, "map_shape");
  const bool aligned = h5::read_integer(group, "rf_aligned") != 0;
  layer.field.y = read_axis_field(group, "y", aligned);
  layer.field.x = read_axis_field(group, "x", aligned);
  layer.field.global = h5::read_integer(group, "rf_global") != 0;
  layer.top_k = read_count(group, "top_k");
  layer.bottom_k = read_count(group, "bottom_k");
  layer.size_flat = float(h5::read_number(group, "size_flat"));
  const auto units = h5::read_all<std::int32_t>(h5::open_dataset(group, "unit"));
  layer.units.assign(units.begin(), units.end());
  layer.canvas.height = int(h5::volume(h5::extent_of(h5::open_dataset(group, "y"))));
  layer.canvas.width = int(h5::volume(h5::extent_of(h5::open_dataset(group, "x"))));
  return layer;
}

}  // namespace rfmap::results
