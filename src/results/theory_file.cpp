#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "rfmap/theory.h"

#include "core/nan.h"
#include "graph/theory_fields.h"
#include "results/h5/attribute_io.h"
#include "results/h5/pending_file.h"
#include "results/schema.h"
#include "results/write_run.h"

namespace rfmap {
using namespace results;
namespace {

using h5::Type;
using Texts = std::vector<std::string>;

void write_texts(const Scope& scope, const Item& item, const Texts& texts) {
  write_texts(scope, item, {{std::string(item.dimensions.front()), texts.size()}},
              std::vector<std::string_view>(texts.begin(), texts.end()));
}

/// The values of all layers in a dataset of their type; integers that are not known are 0.
void write_field(const Scope& root, const TheoryTable& table, const graph::TheoryField& field) {
  Item item{field.dataset.empty() ? field.name : field.dataset,
            Type::text,
            {"layer"},
            field.long_name,
            field.units};
  if (!field.parts.empty()) item.dimensions.push_back("axis");
  const auto write = [&]<class Held>(const Held&) {
    using Stored = std::conditional_t<std::is_same_v<Held, bool>, std::uint8_t, Held>;
    std::vector<Stored> all;
    for (const TheoryRow& row : table.rows)
      for (const core::FieldValue& value : field.values(row)) {
        const Held* held = std::get_if<Held>(&value);
        all.push_back(held ? Stored(*held) : Stored());
      }
    if constexpr (std::is_same_v<Held, std::string>) {
      write_texts(root, item, all);
    } else {
      item.type = h5::type_of<Stored>();
      write_item(root, item, {{"layer", table.rows.size()}}, all);
    }
  };
  TheoryRow known;  // has a value of each type
  known.input = known.map = {1, 1};
  std::visit(write, field.values(known).front());
}

void write_rows(const Scope& root, const TheoryTable& table) {
  for (const char* scale : {"axis", "bound", "box_side"}) write_labels(root, scale);
  for (const graph::TheoryField& field : graph::theory_fields()) write_field(root, table, field);
}

std::vector<double> bounds(const std::vector<Interval>& intervals) {
  std::vector<double> values;
  for (const Interval& i : intervals) {
    const bool none = i.first > i.last;
    values.insert(values.end(), {none ? core::kNan : i.first, none ? core::kNan : i.last});
  }
  return values;
}

void write_boxes(const Scope& scope, const TheoryRow& row) {
  const Extents extents{{"position_y", row.whole[0].size()}, {"position_x", row.whole[1].size()}};
  const auto write = [&](std::string_view name, std::string_view dimension,
                         std::string_view long_name, const std::vector<Interval>& intervals) {
    write_item(scope, {name, Type::float64, {dimension, "bound"}, long_name, "px"}, extents,
               bounds(intervals));
  };
  write_counting(scope, {"position_y", Type::int32, {"position_y"}, "row of the layer's map", "1"},
                 extents);
  write_counting(scope,
                 {"position_x", Type::int32, {"position_x"}, "column of the layer's map", "1"},
                 extents);
  write("box_y", "position_y", "first and last row of the field, padding included", row.whole[0]);
  write("box_x", "position_x", "first and last column of the field, padding included",
        row.whole[1]);
  write("seen_y", "position_y", "first and last row of the input that is seen, NaN: none",
        row.seen[0]);
  write("seen_x", "position_x", "first and last column of the input that is seen, NaN: none",
        row.seen[1]);
}

void write_layers(const Scope& root, const TheoryTable& table) {
  Texts names;
  for (const TheoryRow& row : table.rows) names.push_back(row.name);
  const Texts groups = group_names(names);
  const h5::Group layers = h5::create_group(root.group, "layers");
  h5::write_attribute(layers.get(), "order", groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const h5::Group group = h5::create_group(layers.get(), groups[i]);
    h5::write_attribute(group.get(), "name", names[i]);
    write_boxes({group.get()}, table.rows[i]);
  }
}

void write_neurons(const Scope& root, const std::vector<NamedNeuron>& neurons) {
  if (neurons.empty()) return;
  const h5::Group group = h5::create_group(root.group, "neurons");
  const Scope scope{group.get()};
  Texts names, layers;
  std::vector<std::int32_t> positions, boxes, clipped;
  std::vector<double> centres;
  for (const NamedNeuron& n : neurons) {
    names.push_back(n.name);
    layers.push_back(n.layer.name);
    positions.insert(positions.end(), {n.position.y, n.position.x});
    const Rect &b = n.box.whole, &c = n.box.clipped;
    boxes.insert(boxes.end(), {b.y0, b.x0, b.y1, b.x1});
    clipped.insert(clipped.end(), {c.y0, c.x0, c.y1, c.x1});
    centres.insert(centres.end(), {n.box.centre.y, n.box.centre.x});
  }
  const Extents extents{{"neuron", names.size()}};
  const auto item = [](std::string_view name, std::string_view dimension, Type type,
                       std::string_view long_name, std::string_view units) {
    return Item{name, type, {"neuron", dimension}, long_name, units};
  };
  write_texts(scope, {"neuron", Type::text, {"neuron"}, "neuron as it was asked for", "1"}, names);
  write_texts(scope, {"neuron_layer", Type::text, {"neuron"}, "its layer", "1"}, layers);
  write_item(scope, item("position", "axis", Type::int32, "position in the map", "1"), extents,
             positions);
  write_item(scope,
             item("box", "box_side", Type::int32, "its field, half-open, padding included", "px"),
             extents, boxes);
  write_item(
      scope,
      item("box_clipped", "box_side", Type::int32, "the pixels that can move it, half-open", "px"),
      extents, clipped);
  write_item(scope, item("centre", "axis", Type::float64, "centre of its field", "px"), extents,
             centres);
}

}  // namespace

void write_theory(const std::string& path, const TheoryTable& table,
                  const std::vector<NamedNeuron>& neurons, const Attributes& attributes) {
  PendingFile file(path);
  file.guarded([&] {
    const Scope root{file.id()};
    h5::write_attribute(root.group, "format", std::string("rfmap-theory-1"));
    h5::write_attributes(root.group, attributes);
    write_rows(root, table);
    write_layers(root, table);
    write_neurons(root, neurons);
  });
  file.commit();
}

}  // namespace rfmap
