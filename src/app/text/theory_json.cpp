#include "app/text/row_text.h"
#include "app/text/theory_text.h"
#include "graph/theory_fields.h"

namespace rfmap::app {
namespace {

using Json = nlohmann::ordered_json;

/// [[first, last], ...] by position; null where nothing is seen.
Json intervals(const std::vector<Interval>& list) {
  Json array = Json::array();
  for (const Interval& i : list)
    array.push_back(i.first > i.last ? Json(nullptr) : Json{i.first, i.last});
  return array;
}

Json boxes(const std::array<std::vector<Interval>, 2>& both) {
  return {{"y", intervals(both[0])}, {"x", intervals(both[1])}};
}

Json layer_json(const TheoryRow& r, const TheoryAnswer& answer) {
  Json row = json_of(theory_fields(), r);
  if (answer.positions || r.varies) {
    row["boxes"] = boxes(r.whole);
    row["boxes_clipped"] = boxes(r.seen);
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

}  // namespace

std::string theory_json(const TheoryAnswer& answer) {
  const Shape& input = answer.table.input;
  Json document{{"input_shape", {input.c, input.h, input.w}},
                {"layers", Json::array()},
                {"unaligned_at", Json::array()},
                {"neurons", Json::array()},
                {"not_read", Json::array()}};
  for (const TheoryRow& row : answer.table.rows)
    document["layers"].push_back(layer_json(row, answer));
  for (const Junction& junction : answer.table.junctions)
    document["unaligned_at"].push_back(junction_json(junction));
  for (const NamedNeuron& n : answer.neurons)
    document["neurons"].push_back(json_of(neuron_fields(), n));
  for (const Unsupported& lost : answer.lost)
    document["not_read"].push_back(
        {{"node", lost.node}, {"operation", lost.operation}, {"reason", lost.reason}});
  return document.dump(2) + "\n";
}

}  // namespace rfmap::app
