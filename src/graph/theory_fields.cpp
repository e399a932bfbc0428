#include "graph/theory_fields.h"

#include <array>
#include <string>
#include <utility>

#include "core/nan.h"

namespace rfmap::graph {
namespace {

template <class Get>
core::RowField<TheoryRow> field(const char* name, Get get, int csv_batch = 0) {
  return core::row_field<TheoryRow>(name, get, csv_batch);
}

template <class Row>
core::RowField<Row> not_in_csv(core::RowField<Row> field) {
  field.in_csv = false;
  return field;
}

/// NaN where a side is not known.
core::FieldValues sides(const Size& size) {
  const auto one = [](int side) {
    return side > 0 ? core::FieldValue(side) : core::FieldValue(double(core::kNan));
  };
  return {one(size.h), one(size.w)};
}

/// `get` is a member.
core::RowField<TheoryRow> sides_field(const char* name, Size TheoryRow::*get) {
  core::RowField<TheoryRow> field = core::row_field<TheoryRow>(name, get);
  field.values = [get](const TheoryRow& row) { return sides(row.*get); };
  return field;
}

TheoryRow::Pair start(const TheoryRow& row) { return {row.centre[0] + 0.5, row.centre[1] + 0.5}; }

core::RowField<NamedNeuron> box(const char* name, Rect NeuronBox::*box,
                                std::vector<std::string> columns) {
  core::RowField<NamedNeuron> field = core::row_field<NamedNeuron>(name, [=](const NamedNeuron& n) {
    const Rect& r = n.box.*box;
    return std::array{r.y0, r.x0, r.y1, r.x1};
  });
  field.columns = std::move(columns);
  return field;
}

std::string layer_name(const NamedNeuron& n) { return n.layer.name; }
std::array<int, 2> position_of(const NamedNeuron& n) { return {n.position.y, n.position.x}; }
std::array<double, 2> centre_of(const NamedNeuron& n) { return {n.box.centre.y, n.box.centre.x}; }

}  // namespace

const std::vector<core::RowField<NamedNeuron>>& neuron_fields() {
  static const std::vector<core::RowField<NamedNeuron>> fields = {
      core::row_field<NamedNeuron>("neuron", &NamedNeuron::name),
      core::row_field<NamedNeuron>("layer", layer_name),
      not_in_csv(core::row_field<NamedNeuron>("position", position_of)),
      box("box", &NeuronBox::whole, {"y0", "x0", "y1", "x1"}),
      box("box_clipped", &NeuronBox::clipped,
          {"clipped_y0", "clipped_x0", "clipped_y1", "clipped_x1"}),
      core::row_field<NamedNeuron>("centre", centre_of)};
  return fields;
}

const std::vector<TheoryField>& theory_fields() {
  using Row = TheoryRow;
  static const std::vector<TheoryField> fields = {
      {field("layer", &Row::name), "name of the layer", "1"},
      {field("kind", &Row::kind), "operation of the layer", "1"},
      {sides_field("input", &Row::input), "size of its input, 0: not known", "1", "n_in"},
      {sides_field("n", &Row::map), "size of the layer's map, 0: not known", "1"},
      {field("jump", &Row::jump), "step between neighbouring fields", "px"},
      {field("size", &Row::size), "theoretical size, padding included", "px"},
      {field("padding", &Row::padding), "what the first field covers before pixel 0", "px"},
      {field("start", start), "centre of the first field + 0.5", "px"},
      {field("centre", &Row::centre), "centre of the first field", "px"},
      {field("aligned", &Row::aligned), "all paths agree in jump and centre", "1"},
      {field("global_path", &Row::global_path, 1),
       "a path that sees everything joins local ones, which sizes are of", "1"},
      {field("global", &Row::global), "every position sees all of the input's", "1"},
      {field("varies", &Row::varies), "boxes are not the first one, moved by the jump", "1"},
      {field("larger_than_input", &Row::larger), "some side is larger than the input's", "1"},
      {not_in_csv(field("smallest", &Row::smallest)), "smallest size over all positions", "px"},
      {not_in_csv(field("largest", &Row::largest)), "largest size over all positions", "px"},
      {field("node", &Row::node, 2), "name of the layer's node in the file", "1"},
      {field("followed", &Row::followed, 3),
       "no reshape or transposition moved positions; else sizes are not known", "1"},
      {field("known", &Row::known, 3), "the operation can be read; else it counts as global", "1"},
  };
  return fields;
}

}  // namespace rfmap::graph
