#include "run/setup.h"

#include <algorithm>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "graph/facts.h"
#include "run/shuffle_weights.h"

namespace rfmap {
namespace {

int channels_of(ChannelOrder order) { return order == ChannelOrder::gray ? 1 : 3; }

MeasuredLayer measure(const Layer& layer, const Config& config, const Setup& setup,
                      const std::vector<Field>& fields,
                      const std::vector<ChannelFields>& channels) {
  const Node& node = setup.model.graph.nodes[layer.node];
  MeasuredLayer m;
  m.name = layer.name;
  m.node = layer.node;
  m.map = node.shape;
  m.field = fields[layer.node];
  const bool whole = config.response != Response::location || m.field.global;
  m.canvas = make_canvas(m.field, setup.grid, config.rules, whole);
  m.units = parse_units(config.units, m.map.c, config.seed, layer.name);
  for (int unit : m.units) {
    const Field local = channels[layer.node].at(unit).local();
    m.unit_rf_size.push_back({float(local.y.size()), float(local.x.size())});
  }
  return m;
}

/// The default selection says what it does not take.
void tell_left_out(const Config& config, const Setup& setup, const std::vector<Field>& fields) {
  if (!config.layers.empty()) return;
  std::string names;
  const auto& nodes = setup.model.graph.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool candidate =
        std::holds_alternative<Conv>(nodes[i].op) || std::holds_alternative<Pool>(nodes[i].op);
    const Size map{nodes[i].shape.h, nodes[i].shape.w};
    if (candidate && covers_input(fields[i], map, {setup.input().h, setup.input().w}))
      names += (names.empty() ? "" : ", ") + nodes[i].name;
  }
  if (!names.empty())
    log::info("left out, as every position's field covers the input (--layers takes them): {}",
              names);
}

void check_bottom(const Config& config, const Setup& setup) {
  if (config.bottom_k == 0) return;
  if (config.response == Response::max)
    throw ConfigError(
        "--bottom-k with --response max: the maximum over the map says nothing of the lowest "
        "place; "
        "use --response location or sum");
  for (const MeasuredLayer& layer : setup.layers)
    if (!can_be_negative(setup.model.graph, layer.node))
      throw ConfigError(
          "--bottom-k: layer " + layer.name +
          " is never negative, so it has no lowest images; name a layer before its activation" +
          (config.before_activation ? "" : ", or add --before-activation"));
}

}  // namespace

Preprocessing fit_to_input(Preprocessing p, const Shape& input) {
  if (input.c != 1 && input.c != 3)
    throw ModelError(fmt::format(
        "the network's input has {} channels; photographs give 1 (--channels gray) or 3", input.c));
  if (channels_of(p.order) != input.c)
    throw ConfigError(
        fmt::format("--channels gives {} channel(s), but the network's input has {}; use "
                    "--channels {}",
                    channels_of(p.order), input.c, input.c == 1 ? "gray" : "rgb or bgr"));
  if (p.crop == Size{}) p.crop = {input.h, input.w};
  if (p.crop != Size{input.h, input.w})
    throw ConfigError(
        fmt::format("--crop {}x{} does not fit the network's input {}x{}; omit --crop, or "
                    "set --input-size",
                    p.crop.h, p.crop.w, input.h, input.w));
  for (const auto* values : {&p.mean, &p.std})
    if (values->size() != 1 && int(values->size()) != input.c)
      throw ConfigError(fmt::format("{} has {} values, but the network's input has {} channel(s)",
                                    values == &p.mean ? "--mean" : "--std", values->size(),
                                    input.c));
  return p;
}

bool can_be_negative(const Graph& graph, int index) {
  const Node& node = graph.nodes[index];
  const Sign sign = facts_of(graph, node).sign;
  if (sign != Sign::as_inputs) return sign == Sign::any;
  return std::ranges::any_of(node.inputs, [&](int i) { return can_be_negative(graph, i); });
}

Setup prepare(const Config& config) {
  Setup setup;
  setup.model = read_model({config.model, config.weights, config.input_size});
  if (config.weights_control == WeightsControl::shuffle)
    shuffle_weights(setup.model.graph, config.seed);
  setup.preprocessing = fit_to_input(config.preprocessing, setup.input());
  setup.grid = make_grid({setup.input().h, setup.input().w}, config.occluder, config.stride,
                         config.overhang);
  const std::vector<Field> fields = theoretical_fields(setup.model.graph);
  const std::vector<ChannelFields> channels = channel_fields(setup.model.graph);
  for (const Layer& layer : select_layers(setup.model, config.layers, config.before_activation))
    setup.layers.push_back(measure(layer, config, setup, fields, channels));
  tell_left_out(config, setup, fields);
  check_bottom(config, setup);
  if (config.with_gradient && config.response != Response::location)
    throw ConfigError(
        "--with-gradient takes the gradient of the response at one place; use --response location");
  setup.images = list_images(config.images);
  setup.clusters = image_clusters(setup.images, config.cluster);
  return setup;
}

}  // namespace rfmap
