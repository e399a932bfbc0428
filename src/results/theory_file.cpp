#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "rfmap/theory.h"

#include "results/attribute_io.h"
#include "results/pending_file.h"
#include "results/schema.h"
#include "results/write_run.h"

namespace rfmap {
namespace {

using h5::Type;
using Texts = std::vector<std::string>;

void write_texts(const Scope& scope, const Item& item, const Texts& texts) {
  write_texts(scope, item, {{{std::string(item.dimensions.front()), texts.size()}}}, texts);
}

template <std::size_t N>
Texts labels(const std::array<std::string_view, N>& names) {
  return {names.begin(), names.end()};
}

Extents root_extents(const TheoryTable& table) {
  return {{{"layer", table.rows.size()}, {"axis", kAxis.size()}}};
}

/// A pair of numbers a layer.
template <class T, class PairOf>
void write_pairs(const Scope& root, const TheoryTable& table, const Item& item, PairOf pair_of) {
  std::vector<T> values;
  for (const TheoryRow& row : table.rows)
    for (const auto value : pair_of(row)) values.push_back(T(value));
  write_item(root, item, root_extents(table), values);
}

template <class FlagOf>
void write_flags(const Scope& root, const TheoryTable& table, const Item& item, FlagOf flag_of) {
  std::vector<std::uint8_t> values;
  for (const TheoryRow& row : table.rows) values.push_back(flag_of(row));
  write_item(root, item, root_extents(table), values);
}

void write_scales(const Scope& root, const TheoryTable& table) {
  Texts names, kinds;
  for (const TheoryRow& row : table.rows) {
    names.push_back(row.name);
    kinds.push_back(row.kind);
  }
  write_texts(root, {"axis", Type::text, {"axis"}, "axis of a position", "1"}, labels(kAxis));
  write_texts(root, {"bound", Type::text, {"bound"}, "bound of an interval", "1"}, labels(kBound));
  write_texts(root, {"box_side", Type::text, {"box_side"}, "side of a box", "1"}, labels(kBoxSide));
  write_texts(root, {"layer", Type::text, {"layer"}, "name of the layer", "1"}, names);
  write_texts(root, {"kind", Type::text, {"layer"}, "operation of the layer", "1"}, kinds);
}

void write_rows(const Scope& root, const TheoryTable& table) {
  using Row = TheoryRow;
  const auto sides = [](const Size& s) { return std::array<int, 2>{s.h, s.w}; };
  const auto item = [](std::string_view name, std::string_view long_name) {
    return Item{name, Type::float64, {"layer", "axis"}, long_name, "px"};
  };
  const auto flag = [](std::string_view name, std::string_view long_name) {
    return Item{name, Type::uint8, {"layer"}, long_name, "1"};
  };
  write_pairs<std::int32_t>(root, table,
                            {"n", Type::int32, {"layer", "axis"}, "size of the layer's map", "1"},
                            [&](const Row& r) { return sides(r.map); });
  write_pairs<std::int32_t>(root, table,
                            {"n_in", Type::int32, {"layer", "axis"}, "size of its input", "1"},
                            [&](const Row& r) { return sides(r.input); });
  write_pairs<double>(root, table, item("jump", "step between neighbouring fields"),
                      [](const Row& r) { return r.jump; });
  write_pairs<double>(root, table, item("size", "theoretical size, padding included"),
                      [](const Row& r) { return r.size; });
  write_pairs<double>(root, table, item("smallest", "smallest size over all positions"),
                      [](const Row& r) { return r.smallest; });
  write_pairs<double>(root, table, item("largest", "largest size over all positions"),
                      [](const Row& r) { return r.largest; });
  write_pairs<double>(root, table, item("padding", "what the first field covers before pixel 0"),
                      [](const Row& r) { return r.padding; });
  write_pairs<double>(root, table, item("centre", "centre of the first field"),
                      [](const Row& r) { return r.centre; });
  write_pairs<double>(root, table, item("start", "centre of the first field + 0.5"),
                      [](const Row& r) {
                        return TheoryRow::Pair{r.centre[0] + 0.5, r.centre[1] + 0.5};
                      });
  write_flags(root, table, flag("aligned", "all paths agree in jump and centre"),
              [](const Row& r) { return r.aligned; });
  write_flags(root, table, flag("global", "every position sees all of the input's"),
              [](const Row& r) { return r.global; });
  write_flags(
      root, table,
      flag("global_path", "a path that sees everything joins local ones, which sizes are of"),
      [](const Row& r) { return r.global_path; });
  write_flags(root, table, flag("varies", "boxes are not the first one, moved by the jump"),
              [](const Row& r) { return r.varies; });
  write_flags(root, table, flag("larger_than_input", "some side is larger than the input's"),
              [](const Row& r) { return r.larger; });
}

std::vector<double> bounds(const std::vector<Interval>& intervals) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values;
  for (const Interval& i : intervals) {
    const bool none = i.first > i.last;
    values.insert(values.end(), {none ? kNan : i.first, none ? kNan : i.last});
  }
  return values;
}

void write_boxes(const Scope& scope, const TheoryRow& row) {
  const Extents extents{{{"position_y", row.whole[0].size()},
                         {"position_x", row.whole[1].size()},
                         {"bound", kBound.size()}}};
  const auto write = [&](std::string_view name, std::string_view dimension,
                         std::string_view long_name, const std::vector<Interval>& intervals) {
    write_item(scope, {name, Type::float64, {dimension, "bound"}, long_name, "px"}, extents,
               bounds(intervals));
  };
  write_item(scope, {"position_y", Type::int32, {"position_y"}, "row of the layer's map", "1"},
             extents, counting(int(row.whole[0].size())));
  write_item(scope, {"position_x", Type::int32, {"position_x"}, "column of the layer's map", "1"},
             extents, counting(int(row.whole[1].size())));
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
    write_boxes({group.get(), &root}, table.rows[i]);
  }
}

void write_neurons(const Scope& root, const std::vector<NamedNeuron>& neurons) {
  if (neurons.empty()) return;
  const h5::Group group = h5::create_group(root.group, "neurons");
  const Scope scope{group.get(), &root};
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
  const Extents extents{
      {{"neuron", names.size()}, {"axis", kAxis.size()}, {"box_side", kBoxSide.size()}}};
  write_texts(scope, {"neuron", Type::text, {"neuron"}, "neuron as it was asked for", "1"}, names);
  write_texts(scope, {"neuron_layer", Type::text, {"neuron"}, "its layer", "1"}, layers);
  write_item(scope, {"position", Type::int32, {"neuron", "axis"}, "position in the map", "1"},
             extents, positions);
  write_item(
      scope,
      {"box", Type::int32, {"neuron", "box_side"}, "its field, half-open, padding included", "px"},
      extents, boxes);
  write_item(scope,
             {"box_clipped",
              Type::int32,
              {"neuron", "box_side"},
              "the pixels that can move it, half-open",
              "px"},
             extents, clipped);
  write_item(scope, {"centre", Type::float64, {"neuron", "axis"}, "centre of its field", "px"},
             extents, centres);
}

}  // namespace

void write_theory(const std::string& path, const TheoryTable& table,
                  const std::vector<NamedNeuron>& neurons, const Attributes& attributes) {
  PendingFile file(path);
  file.guarded([&] {
    const Scope root{file.id()};
    h5::write_attribute(root.group, "format", std::string("rfmap-theory-1"));
    for (const auto& [name, value] : attributes) h5::write_attribute(root.group, name, value);
    write_scales(root, table);
    write_rows(root, table);
    write_layers(root, table);
    write_neurons(root, neurons);
  });
  file.commit();
}

}  // namespace rfmap
