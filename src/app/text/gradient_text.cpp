#include "app/text/gradient_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/text/row_text.h"
#include "core/hull.h"
#include "core/log.h"

namespace rfmap::app {

using namespace core;

namespace {

constexpr std::size_t kNamed = 5;  // neurons that a warning names

/// A field, and what the table shows of it.
struct PrintedField : RowField<GradientRow> {
  const char* heading = nullptr;  ///< null: not in the table
  std::string (*cell)(const FieldValues& values) = nullptr;
};

std::string plain(const FieldValues& values) { return csv_cells(values, "-").front(); }

std::string four_digits(const FieldValues& values) {
  return fmt::format("{:.4g}", std::get<double>(values[0]));
}

std::string one_decimal(const FieldValues& values) {
  const double v = std::get<double>(values[0]);
  return std::isnan(v) ? "-" : fmt::format("{:.1f}", v);
}

/// Of height and width.
std::string both_sides(const FieldValues& values) {
  const int h = std::get<int>(values[0]), w = std::get<int>(values[1]);
  return h > 0 && w > 0 ? fmt::format("{}x{}", h, w) : "-";
}

template <class Get>
RowField<GradientRow> field(const char* name, Get get) {
  return row_field<GradientRow>(name, get);
}

/// Height and width of a box in table and CSV.
PrintedField sides(const char* name, Rect GradientRow::*box) {
  PrintedField f{field(name, [=](const GradientRow& r) {
    const Rect& b = r.*box;
    return Size{b.y1 - b.y0, b.x1 - b.x0};
  })};
  f.parts = {"h", "w"};
  f.in_json = false;
  f.heading = name;
  f.cell = both_sides;
  return f;
}

/// Its ends in JSON.
PrintedField ends(const char* name, Rect GradientRow::*box) {
  PrintedField f{field(name, [=](const GradientRow& r) {
    const Rect& b = r.*box;
    return std::array{b.y0, b.x0, b.y1, b.x1};
  })};
  f.in_csv = false;
  return f;
}

PrintedField size(const char* name, float Sizes::*size, const char* heading = nullptr) {
  return {field(name, [=](const GradientRow& r) { return r.sizes.*size; }), heading, one_decimal};
}

const std::vector<PrintedField>& fields() {
  using Row = GradientRow;
  static const std::vector<PrintedField> all = {
      {field("neuron", &Row::neuron), "neuron", plain},
      {field("response", &Row::response), "response", four_digits},
      sides("theory", &Row::box),
      ends("theory", &Row::box),
      sides("support", &Row::support),
      ends("support", &Row::support),
      {field("support_pixels", &Row::support_pixels), "pixels", plain},
      size("size_cut10", &Sizes::cut10, "cut 0.1"),
      size("size_cut25", &Sizes::cut25, "cut 0.25"),
      size("size_cut50", &Sizes::cut50, "cut 0.5"),
      size("radius50", &Sizes::radius50),
      size("radius90", &Sizes::radius90, "radius 90"),
  };
  return all;
}

std::string to_table(const std::vector<GradientRow>& rows) {
  std::vector<Row> cells(rows.size() + 1);
  for (const PrintedField& f : fields()) {
    if (!f.heading) continue;
    cells[0].push_back(f.heading);
    for (std::size_t i = 0; i < rows.size(); ++i) cells[i + 1].push_back(f.cell(f.values(rows[i])));
  }
  return aligned_table(cells, 1) +
         "theory: the theoretical field inside the image; support: hull of the pixels whose "
         "gradient is not 0;\ncut: sqrt(area) where the mean absolute gradient is at least that "
         "share of its peak; radius of 90 % of its mass.\n";
}

std::string to_json(const std::vector<GradientRow>& rows) {
  auto document = nlohmann::ordered_json::array();
  for (const GradientRow& row : rows) document.push_back(json_of(fields(), row));
  return document.dump(2) + "\n";
}

bool has_kinks(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    const auto* pool = std::get_if<Pool>(&node.op);
    return std::holds_alternative<Activation>(node.op) || (pool && pool->kind == Pool::Kind::max);
  });
}

std::string named(const Texts& neurons) {
  const auto end = neurons.begin() + std::ptrdiff_t(std::min(neurons.size(), kNamed));
  return fmt::format(
      "{}{}", fmt::join(neurons.begin(), end, ", "),
      neurons.size() > kNamed ? fmt::format(" and {} more", neurons.size() - kNamed) : "");
}

}  // namespace

GradientRow row_of(const std::string& neuron, const NeuronGradient& gradient, double response) {
  const GradientMaps& maps = gradient.maps;
  GradientRow row;
  row.neuron = neuron;
  row.response = response;
  row.box = intersect(gradient.box, {0, 0, maps.input.h, maps.input.w});
  row.support = hull_of(maps.input, [&](std::size_t i) { return maps.support[i]; });
  row.support_pixels = int(std::count(maps.support.begin(), maps.support.end(), 1));
  const std::vector<std::uint8_t> all(maps.support.size(), 1);
  row.sizes = measure_sizes(maps.absolute, all, {maps.input.h, maps.input.w}, 0.1);
  return row;
}

std::string gradient_text(const std::vector<GradientRow>& rows, Format format) {
  if (format == Format::csv) return csv(rows_of(fields(), rows));
  if (format == Format::json) return to_json(rows);
  return to_table(rows);
}

void warn_of_traps(const Graph& graph, InputKind input, const std::vector<GradientRow>& rows,
                   const std::vector<NeuronGradient>& neurons) {
  if (input == InputKind::zero && has_kinks(graph))
    log::warn(
        "the zero image lies at the kinks of the network: where biases are 0 a ReLU passes "
        "nothing back and max pooling follows the first of equal values, so that fields look "
        "empty or cut; --input noise, --images or --linear show more");
  Texts dead, beyond, smaller;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Rect &whole = neurons[i].box, &box = rows[i].box, &support = rows[i].support;
    if (support.empty())
      dead.push_back(rows[i].neuron);
    else if (!(support == box))
      smaller.push_back(rows[i].neuron);
    if (!(whole == box)) beyond.push_back(rows[i].neuron);
  }
  if (!dead.empty())
    log::warn(
        "no gradient at all for {}: an activation on the way was off for every input (a dead "
        "neuron); more or other inputs, --before-activation or --linear may show its field",
        named(dead));
  if (!beyond.empty())
    log::warn(
        "the theoretical field reaches over the image's border for {}: what lies there is padding "
        "and has no pixel, so the field is cut; a neuron nearer to the middle shows it whole",
        named(beyond));
  if (!smaller.empty())
    log::info(
        "the support is smaller than the theoretical field for {}: pixels that strides skip or "
        "that were off in every input have no gradient; more inputs fill the latter",
        named(smaller));
}

}  // namespace rfmap::app
