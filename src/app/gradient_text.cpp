#include "app/gradient_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/log.h"

namespace rfmap::app {
namespace {

constexpr std::size_t kNamed = 5;  // neurons that a warning names

std::string sides(const Rect& box) {
  return box.empty() ? "-" : fmt::format("{}x{}", box.y1 - box.y0, box.x1 - box.x0);
}

std::string short_number(double v) { return std::isnan(v) ? "-" : fmt::format("{:.1f}", v); }

std::string to_table(const std::vector<GradientRow>& rows) {
  std::vector<Row> cells{{"neuron", "response", "theory", "support", "pixels", "cut 0.1",
                          "cut 0.25", "cut 0.5", "radius 90"}};
  for (const GradientRow& r : rows)
    cells.push_back({r.neuron, fmt::format("{:.4g}", r.response), sides(r.box), sides(r.support),
                     std::to_string(r.support_pixels), short_number(r.sizes.cut10),
                     short_number(r.sizes.cut25), short_number(r.sizes.cut50),
                     short_number(r.sizes.radius90)});
  return aligned_table(cells, 1) +
         "theory: the theoretical field inside the image; support: hull of the pixels whose "
         "gradient is not 0;\ncut: sqrt(area) where the mean absolute gradient is at least that "
         "share of its peak; radius of 90 % of its mass.\n";
}

std::string to_csv(const std::vector<GradientRow>& rows) {
  std::vector<Row> cells{{"neuron", "response", "theory_h", "theory_w", "support_h", "support_w",
                          "support_pixels", "size_cut10", "size_cut25", "size_cut50", "radius50",
                          "radius90"}};
  const auto cell = [](double v) { return std::isnan(v) ? std::string() : number(v); };
  for (const GradientRow& r : rows)
    cells.push_back({r.neuron, number(r.response), std::to_string(r.box.y1 - r.box.y0),
                     std::to_string(r.box.x1 - r.box.x0),
                     std::to_string(r.support.y1 - r.support.y0),
                     std::to_string(r.support.x1 - r.support.x0), std::to_string(r.support_pixels),
                     cell(r.sizes.cut10), cell(r.sizes.cut25), cell(r.sizes.cut50),
                     cell(r.sizes.radius50), cell(r.sizes.radius90)});
  return csv(cells);
}

std::string to_json(const std::vector<GradientRow>& rows) {
  auto document = nlohmann::ordered_json::array();  // NaN becomes null
  const auto ends = [](const Rect& b) { return std::array<int, 4>{b.y0, b.x0, b.y1, b.x1}; };
  for (const GradientRow& r : rows)
    document.push_back({{"neuron", r.neuron},
                        {"response", r.response},
                        {"theory", ends(r.box)},
                        {"support", ends(r.support)},
                        {"support_pixels", r.support_pixels},
                        {"size_cut10", r.sizes.cut10},
                        {"size_cut25", r.sizes.cut25},
                        {"size_cut50", r.sizes.cut50},
                        {"radius50", r.sizes.radius50},
                        {"radius90", r.sizes.radius90}});
  return document.dump(2) + "\n";
}

bool has_kinks(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    const auto* pool = std::get_if<Pool>(&node.op);
    return std::holds_alternative<Activation>(node.op) || (pool && pool->kind == Pool::Kind::max);
  });
}

std::string named(const Texts& neurons) {
  const Texts first(neurons.begin(), neurons.begin() + std::min(kNamed, neurons.size()));
  return fmt::format(
      "{}{}", fmt::join(first, ", "),
      neurons.size() > kNamed ? fmt::format(" and {} more", neurons.size() - kNamed) : "");
}

}  // namespace

Rect hull_of(const GradientMaps& maps) {
  Rect hull{maps.input.h, maps.input.w, 0, 0};
  for (int y = 0; y < maps.input.h; ++y)
    for (int x = 0; x < maps.input.w; ++x) {
      if (!maps.support[std::size_t(y) * maps.input.w + x]) continue;
      hull = {std::min(hull.y0, y), std::min(hull.x0, x), std::max(hull.y1, y + 1),
              std::max(hull.x1, x + 1)};
    }
  return hull.empty() ? Rect{} : hull;
}

GradientRow row_of(const std::string& neuron, const NeuronGradient& gradient, double response) {
  const GradientMaps& maps = gradient.maps;
  GradientRow row;
  row.neuron = neuron;
  row.response = response;
  row.box = intersect(gradient.box, {0, 0, maps.input.h, maps.input.w});
  row.support = hull_of(maps);
  row.support_pixels = int(std::count(maps.support.begin(), maps.support.end(), 1));
  const std::vector<std::uint8_t> all(maps.support.size(), 1);
  row.sizes = measure_sizes(maps.absolute, all, {maps.input.h, maps.input.w}, 0.1);
  return row;
}

std::string gradient_text(const std::vector<GradientRow>& rows, Format format) {
  if (format == Format::csv) return to_csv(rows);
  if (format == Format::json) return to_json(rows);
  return to_table(rows);
}

void warn_of_traps(const Graph& graph, bool zero_input, const std::vector<GradientRow>& rows,
                   const std::vector<NeuronGradient>& neurons) {
  if (zero_input && has_kinks(graph))
    log::warn(
        "the zero image stands at the kinks of the network: where biases are 0 a ReLU passes "
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
