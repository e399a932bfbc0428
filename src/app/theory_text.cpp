#include "app/theory_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "rfmap/field.h"

namespace rfmap::app {
namespace {

using Pair = std::array<double, 2>;  ///< y, x

struct TheoryRow {
  std::string name, kind;
  Size map;
  Pair jump, size, padding, start;
  bool aligned = true, global = false;
};

TheoryRow make_row(const Layer& layer, const Node& node, const Field& field) {
  const Centre centre = field_centre(field, {0, 0});
  TheoryRow row;
  row.name = layer.name;
  row.kind = kind_name(node.op);
  row.map = {node.shape.h, node.shape.w};
  row.jump = {field.y.stride(), field.x.stride()};
  row.size = {field.y.size(), field.x.size()};
  row.padding = {0.0 + field.y.padding(), 0.0 + field.x.padding()};  // 0, not -0
  row.start = {centre.y + 0.5, centre.x + 0.5};
  row.aligned = field.aligned();
  row.global = field.global;
  return row;
}

std::string both(const Pair& v) {
  return v[0] == v[1] ? number(v[0]) : number(v[0]) + "x" + number(v[1]);
}

std::string to_table(const std::vector<TheoryRow>& rows) {
  std::vector<Row> cells{{"layer", "kind", "n", "jump", "size", "padding", "start", ""}};
  for (const TheoryRow& r : rows)
    cells.push_back({r.name, r.kind, fmt::format("{}x{}", r.map.h, r.map.w),
                     r.global ? "-" : both(r.jump), both(r.size), both(r.padding), both(r.start),
                     std::string(r.aligned ? "" : "u") + (r.global ? "g" : "")});
  std::string text = aligned_table(cells, 2);
  if (std::any_of(rows.begin(), rows.end(), [](const auto& r) { return !r.aligned; }))
    text +=
        "u: unaligned, the paths to this layer differ in jump or centre: its field changes from "
        "position to position; shown is the hull at position 0\n";
  if (std::any_of(rows.begin(), rows.end(), [](const auto& r) { return r.global; }))
    text += "g: global, every position sees the fields of all positions of its input\n";
  return text;
}

std::string to_csv(const std::vector<TheoryRow>& rows) {
  std::vector<Row> cells{{"layer", "kind", "n_y", "n_x", "jump_y", "jump_x", "size_y", "size_x",
                          "padding_y", "padding_x", "start_y", "start_x", "aligned", "global"}};
  for (const TheoryRow& r : rows) {
    Row row{r.name, r.kind, std::to_string(r.map.h), std::to_string(r.map.w)};
    for (const Pair* v : {&r.jump, &r.size, &r.padding, &r.start})
      for (double axis : *v) row.push_back(number(axis));
    row.push_back(r.aligned ? "1" : "0");
    row.push_back(r.global ? "1" : "0");
    cells.push_back(std::move(row));
  }
  return csv(cells);
}

std::string to_json(const Model& model, const std::vector<TheoryRow>& rows) {
  using Json = nlohmann::ordered_json;
  const Shape& input = model.graph.input();
  Json document{{"input_shape", {input.c, input.h, input.w}}, {"layers", Json::array()}};
  for (const TheoryRow& r : rows)
    document["layers"].push_back({{"layer", r.name},
                                  {"kind", r.kind},
                                  {"n", {r.map.h, r.map.w}},
                                  {"jump", r.jump},
                                  {"size", r.size},
                                  {"padding", r.padding},
                                  {"start", r.start},
                                  {"aligned", r.aligned},
                                  {"global", r.global}});
  return document.dump(2) + "\n";
}

/// Footnotes on what is missing because it could not be imported.
std::string lost_text(const Model& model) {
  std::string text;
  for (const Unsupported& lost : model.unsupported)
    text += fmt::format("not read: {} ({}): {}\n", lost.node, lost.operation, lost.reason);
  return text;
}

}  // namespace

std::string theory_text(const Model& model, const std::vector<Layer>& layers, Format format) {
  const std::vector<Field> fields = theoretical_fields(model.graph);
  std::vector<TheoryRow> rows;
  for (const Layer& layer : layers)
    rows.push_back(make_row(layer, model.graph.nodes[layer.node], fields[layer.node]));
  if (format == Format::csv) return to_csv(rows);
  if (format == Format::json) return to_json(model, rows);
  return to_table(rows) + lost_text(model);
}

}  // namespace rfmap::app
