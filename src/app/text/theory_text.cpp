#include "app/text/theory_text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/field.h"

#include "app/text/row_text.h"
#include "graph/theory_fields.h"

namespace rfmap::app {
namespace {

using Pair = TheoryRow::Pair;
using Rows = std::vector<TheoryRow>;

std::string both(const std::string& y, const std::string& x) { return y == x ? y : y + "x" + x; }
/// "-" for what is not known.
std::string known(double value) { return std::isnan(value) ? "-" : number(value); }
std::string both(const Pair& v) { return both(known(v[0]), known(v[1])); }

std::string range(double low, double high) {
  return low == high || std::isnan(low) ? known(low) : number(low) + ".." + number(high);
}
std::string sides_text(const Size& map) {
  return map.h > 0 ? fmt::format("{}x{}", map.h, map.w) : "?";
}
std::string interval(const Interval& i) {
  return i.first > i.last ? "none" : range(i.first, i.last);
}

std::string sizes(const TheoryRow& r) {
  return both(range(r.smallest[0], r.largest[0]), range(r.smallest[1], r.largest[1]));
}
std::string start(const TheoryRow& r) { return both({r.centre[0] + 0.5, r.centre[1] + 0.5}); }

std::string marks(const TheoryRow& r) {
  return std::string(r.aligned ? "" : "u") + (r.varies ? "v" : "") + (r.global ? "g" : "") +
         (r.known ? "" : "?") + (r.larger ? ">" : "") + (r.global_path ? "+ global" : "") +
         (r.followed ? "" : "not followed");
}

std::string layer_table(const Rows& rows) {
  std::vector<Row> cells{{"layer", "kind", "n", "jump", "size", "padding", "start", ""}};
  for (const TheoryRow& r : rows)
    cells.push_back({r.name, r.kind, sides_text(r.map), both(r.jump), sizes(r), both(r.padding),
                     start(r), marks(r)});
  return aligned_table(cells, 2);
}

/// Boxes along one axis: the first ones and the last.
std::string some_boxes(const std::vector<Interval>& boxes) {
  constexpr std::size_t kShown = 6;
  std::string text;
  for (std::size_t u = 0; u < boxes.size(); ++u) {
    if (u >= kShown && u + 1 < boxes.size()) continue;
    if (!text.empty()) text += u > kShown ? " ... " : ", ";
    text += fmt::format("{}: {}", u, interval(boxes[u]));
  }
  return text;
}

bool is_followed(const TheoryRow& r, std::size_t axis) { return !std::isnan(r.size[axis]); }

std::string varying_boxes(const TheoryRow& r) {
  const auto along = [&](std::size_t axis) {
    return is_followed(r, axis) ? some_boxes(r.whole[axis]) : "not known";
  };
  const std::string rows = along(0), columns = along(1);
  if (rows == columns)
    return fmt::format("boxes of {}, rows and columns by position: {}\n", r.name, rows);
  return fmt::format("boxes of {}, rows by position: {}; columns: {}\n", r.name, rows, columns);
}

std::string junction_text(const Junction& junction) {
  std::string text;
  for (const TheoryRow& r : junction.inputs)
    text += fmt::format("{}{} (jump {}, size {}, start {})", text.empty() ? "" : ", ", r.name,
                        both(r.jump), sizes(r), start(r));
  return fmt::format("unaligned at {}: {}\n", junction.name, text);
}

/// Of layers of which theory says less.
std::string unknown_notes(const Rows& rows) {
  std::string text;
  if (!std::ranges::all_of(rows, &TheoryRow::known))
    text += "?: the operation is not known and counts as global: it may read all of its inputs\n";
  if (!std::ranges::all_of(rows, &TheoryRow::followed))
    text +=
        "not followed: a reshape or transposition moved rows, columns or channels into one "
        "another, so the size of a position's field is not known\n";
  if (std::ranges::any_of(rows, [](const TheoryRow& r) { return r.map.h == 0; }))
    text += "n of ?: the sides of its map are not known\n";
  return text;
}

std::string footnotes(const TheoryTable& table) {
  const Rows& rows = table.rows;
  std::string text;
  if (!std::ranges::all_of(rows, &TheoryRow::aligned))
    text +=
        "u: unaligned, the paths to this layer differ in jump or centre; where they meet is named "
        "below\n";
  if (std::ranges::any_of(rows, &TheoryRow::varies))
    text +=
        "v: the field changes from position to position: size is the smallest..largest, padding "
        "and start are position 0's; --positions prints every box\n";
  if (std::ranges::any_of(rows, &TheoryRow::global))
    text +=
        "g: global, every position sees the fields of all positions of its input; jump is that of "
        "the map it reads, as for a convolution of the map's size\n";
  if (std::ranges::any_of(rows, &TheoryRow::global_path))
    text +=
        "+ global: a path that sees everything from every position (a gate, "
        "squeeze-and-excitation) "
        "joins the local ones; size, padding and start are those of the local paths (--neuron "
        "prints the whole box)\n";
  text += unknown_notes(rows);
  if (std::ranges::any_of(rows, &TheoryRow::larger))
    text += fmt::format(
        ">: larger than the input of {}x{}: sizes count the padding beyond it; a neuron sees the "
        "part inside (--neuron prints both)\n",
        table.input.h, table.input.w);
  for (const Junction& junction : table.junctions) text += junction_text(junction);
  for (const TheoryRow& row : rows)
    if (row.varies) text += varying_boxes(row);
  return text;
}

/// One row a layer, axis and position.
std::vector<Row> position_cells(const Rows& rows) {
  std::vector<Row> cells{
      {"layer", "axis", "position", "first", "last", "clipped_first", "clipped_last"}};
  const auto ends = [](const Interval& i) {
    return i.first > i.last ? Row{"", ""} : Row{number(i.first), number(i.last)};
  };
  for (const TheoryRow& r : rows)
    for (std::size_t axis : {0, 1})
      for (std::size_t u = 0; u < r.whole[axis].size(); ++u) {
        const Row whole = ends(r.whole[axis][u]), seen = ends(r.seen[axis][u]);
        cells.push_back({r.name, axis == 0 ? "y" : "x", std::to_string(u), whole[0], whole[1],
                         seen[0], seen[1]});
      }
  return cells;
}

/// What is missing because it could not be imported.
std::string lost_text(const std::vector<Unsupported>& lost) {
  std::string text;
  for (const Unsupported& l : lost)
    text += fmt::format("not read: {} ({}): {}\n", l.node, l.operation, l.reason);
  return text;
}

using Json = nlohmann::ordered_json;

/// [[first, last], ...] by position; null where nothing is seen.
Json intervals_json(const std::vector<Interval>& list) {
  Json array = Json::array();
  for (const Interval& i : list)
    array.push_back(i.first > i.last ? Json(nullptr) : Json{i.first, i.last});
  return array;
}

/// Null for an axis of which single positions are not known.
Json boxes_json(const TheoryRow& r) {
  const auto along = [&](std::size_t axis) {
    return is_followed(r, axis) ? intervals_json(r.whole[axis]) : Json(nullptr);
  };
  return {{"y", along(0)}, {"x", along(1)}};
}

Json layer_json(const TheoryRow& r, const TheoryAnswer& answer) {
  Json row = json_of(graph::theory_fields(), r);
  if (answer.positions || r.varies) {
    row["boxes"] = boxes_json(r);
    row["boxes_clipped"] = {{"y", intervals_json(r.seen[0])}, {"x", intervals_json(r.seen[1])}};
  }
  return row;
}

Json junction_json(const Junction& junction) {
  Json inputs = Json::array();
  for (const TheoryRow& r : junction.inputs)
    inputs.push_back(
        {{"layer", r.name}, {"jump", r.jump}, {"size", r.size}, {"padding", r.padding}});
  return {{"layer", junction.name}, {"inputs", inputs}};
}

std::string theory_json(const TheoryAnswer& answer) {
  const Shape& input = answer.table.input;
  Json document{{"input_shape", {input.c, input.h, input.w}},
                {"layers", Json::array()},
                {"unaligned_at", Json::array()},
                {"neurons", Json::array()},
                {"not_read", Json::array()},
                {"assumed_global", Json::array()}};
  for (const TheoryRow& row : answer.table.rows)
    document["layers"].push_back(layer_json(row, answer));
  for (const Junction& junction : answer.table.junctions)
    document["unaligned_at"].push_back(junction_json(junction));
  for (const NamedNeuron& n : answer.neurons)
    document["neurons"].push_back(json_of(graph::neuron_fields(), n));
  for (const Unsupported& lost : answer.lost)
    document["not_read"].push_back(
        {{"node", lost.node}, {"operation", lost.operation}, {"reason", lost.reason}});
  for (const Assumed& a : answer.table.assumed)
    document["assumed_global"].push_back(
        {{"operation", a.operation}, {"nodes", a.count}, {"first", a.first}, {"reason", a.reason}});
  return document.dump(2) + "\n";
}

}  // namespace

std::string theory_text(const TheoryAnswer& answer, Format format) {
  if (format == Format::json) return theory_json(answer);
  const bool table = format == Format::table;
  if (!answer.neurons.empty()) {
    const std::vector<Row> cells = rows_of(graph::neuron_fields(), answer.neurons, "nan");
    return table ? aligned_table(cells, 2) +
                       "boxes are rows y0 to y1 - 1, columns x0 to x1 - 1 of the input, padding "
                       "included; clipped: those inside that can move the neuron\n"
                 : csv(cells);
  }
  if (answer.positions) {
    const std::vector<Row> cells = position_cells(answer.table.rows);
    return table ? aligned_table(cells, 2) : csv(cells);
  }
  if (!table) return csv(rows_of(graph::theory_fields(), answer.table.rows));
  return layer_table(answer.table.rows) + footnotes(answer.table) + lost_text(answer.lost);
}

}  // namespace rfmap::app
