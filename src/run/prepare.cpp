#include <algorithm>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "core/parallel.h"
#include "graph/boxes.h"
#include "graph/facts.h"
#include "method/preprocessing.h"
#include "run/run.h"

namespace rfmap::run {
namespace {

int channels_of(ChannelOrder order) { return order == ChannelOrder::gray ? 1 : 3; }

/// What the layer is by its name: a convolution stays one though its response is read after the
/// activation.
std::string kind_of(const Graph& graph, const Layer& layer) {
  return kind_name(graph.nodes[layer.meant()].op);
}

/// The name of its node in the file, where the layer is called otherwise.
std::string node_name_of(const Graph& graph, const Layer& layer) {
  const Node& node = graph.nodes[layer.meant()];
  return node.name == layer.name ? "" : node.name;
}

MeasuredLayer measure(const Layer& layer, const Run& run, const graph::BoxSource& boxes,
                      const std::vector<ChannelFields>& channels) {
  const Node& node = run.model.graph.nodes[layer.node];
  MeasuredLayer m;
  m.name = layer.name;
  m.node = layer.node;
  m.kind = kind_of(run.model.graph, layer);
  m.node_name = node_name_of(run.model.graph, layer);
  m.shape = node.shape;
  m.channels = node.shape.c;
  m.map = {node.shape.h, node.shape.w};
  m.top_k = run.method.top_k;
  m.bottom_k = run.method.bottom_k;
  m.field = graph::exact_field(boxes, layer.node);
  const bool whole = run.sees_whole_map() || m.field.global;
  m.canvas = make_canvas(m.field, run.grid, run.method.rules,
                         whole ? CanvasOf::whole_input : CanvasOf::field);
  m.units = parse_units(run.method.units, m.channels, run.method.seed, layer.name);
  for (const auto& [y, x] : graph::unit_sizes(boxes, channels[layer.node], layer.node, m.units))
    m.unit_rf_size.push_back({float(y), float(x)});
  return m;
}

/// The default selection says what it does not take.
void tell_left_out(const Run& run, const graph::BoxSource& boxes) {
  if (!run.method.layers.empty()) return;
  std::string names;
  const auto& nodes = run.model.graph.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool candidate =
        std::holds_alternative<Conv>(nodes[i].op) || std::holds_alternative<Pool>(nodes[i].op);
    const Size map{nodes[i].shape.h, nodes[i].shape.w};
    if (candidate &&
        covers_input(graph::exact_field(boxes, int(i)), map, {run.input().h, run.input().w}))
      names += (names.empty() ? "" : ", ") + nodes[i].shown();
  }
  if (!names.empty())
    log::info("left out, as every position's field covers the input (--layers takes them): {}",
              names);
}

void tell_doubts(const Run& run) {
  for (const std::string& doubt : {method::doubt_of(run.preprocessing), doubt_of(run.grid)})
    if (!doubt.empty()) log::warn("{}", doubt);
}

void check_bottom(const Run& run) {
  if (run.method.bottom_k == 0) return;
  if (run.method.response == Response::max)
    throw ConfigError(
        "--bottom-k with --response max: the maximum over the map says nothing of the lowest "
        "place; "
        "use --response location or sum");
  for (const MeasuredLayer& layer : run.layers)
    if (!can_be_negative(run.model.graph, layer.node))
      throw ConfigError(
          "--bottom-k: layer " + layer.name +
          " is never negative, so it has no lowest images; name a layer before its activation" +
          (run.method.before_activation ? "" : ", or add --before-activation"));
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
  const graph::Sign sign = graph::facts_of(graph, node).sign;
  if (sign != graph::Sign::as_inputs) return sign == graph::Sign::any;
  return std::ranges::any_of(node.inputs, [&](int i) { return can_be_negative(graph, i); });
}

Run prepare(const Job& job, const Hooks& hooks) {
  Run run{job, hooks};
  run.threads = core::thread_count(job.machine.threads);
  const Method& asked = run.method;
  run.model = read_model(
      {run.inputs.model, run.inputs.weights, run.inputs.input_size, run.inputs.input_layout});
  if (asked.weights_control == WeightsControl::shuffle)
    shuffle_weights(run.model.graph, asked.seed);
  run.preprocessing = fit_to_input(method::resolve(asked.preprocessing), run.input());
  run.grid = make_grid({run.input().h, run.input().w}, asked.occluder, asked.stride,
                       asked.overhang ? Overhang::yes : Overhang::no);
  tell_doubts(run);
  const graph::BoxSource boxes(run.model.graph);
  const std::vector<ChannelFields> channels = channel_fields(run.model.graph);
  for (const Layer& layer :
       select_layers(run.model, asked.layers, read_at(asked.before_activation)))
    run.layers.push_back(measure(layer, run, boxes, channels));
  check_bottom(run);
  if (asked.with_gradient && asked.response != Response::location)
    throw ConfigError(
        "--with-gradient takes the gradient of the response at one place; use --response location");
  run.images = list_images(run.inputs.images);
  tell_left_out(run, boxes);
  run.clusters = image_clusters(run.images, asked.cluster);
  return run;
}

}  // namespace rfmap::run
