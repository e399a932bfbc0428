#include "app/commands/gradient_neurons.h"

#include <limits>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "app/options/options.h"
#include "core/log.h"

namespace rfmap::app {
namespace {

/// "channel:y:x".
struct Place {
  int channel = -1;
  Point position;
};

int index_at(const std::string& label, const std::string& whole, const std::string& text) {
  const auto value = whole_number(text);
  if (!value || *value < 0 || *value > std::numeric_limits<int>::max())
    refuse(label, whole, "numbers counted from 0, or * as channel: the sum over channels");
  return int(*value);
}

Place parse_place(const std::string& label, const std::string& whole, const Texts& parts) {
  Place place;
  if (parts[0] != "*") place.channel = index_at(label, whole, parts[0]);
  place.position = {index_at(label, whole, parts[1]), index_at(label, whole, parts[2])};
  return place;
}

bool is_inside(const Place& place, const Shape& map) {
  return place.channel < map.c && place.position.y < map.h && place.position.x < map.w;
}

std::string map_text(const std::string& layer, const Shape& map) {
  return fmt::format("layer {} has {} channel(s) of {} x {} positions, counted from 0", layer,
                     map.c, map.h, map.w);
}

/// "layer:channel:y:x", split from the right: layers' names may hold colons.
AskedNeuron resolve_one(const Model& model, const std::string& text, bool before_activation) {
  const std::string wanted = "LAYER:CHANNEL:Y:X, as in conv1:0:27:27 or conv1:*:27:27";
  Texts parts = split(text, ':');
  if (parts.size() < 4) refuse("--neuron", text, wanted);
  const Texts last(parts.end() - 3, parts.end());
  const Place place = parse_place("--neuron", text, last);
  const std::size_t tail = last[0].size() + last[1].size() + last[2].size() + 3;
  const std::string name = text.substr(0, text.size() - tail);
  const std::vector<Layer> found = select_layers(model, {name}, before_activation);
  if (found.size() != 1)
    throw ConfigError(
        fmt::format("--neuron {}: {} layers match {}; name one, or use --layers with "
                    "--at",
                    text, found.size(), name));
  const Shape& map = model.graph.nodes[found[0].node].shape;
  if (!is_inside(place, map))
    throw ConfigError(fmt::format("--neuron {}: {}", text, map_text(found[0].name, map)));
  return {found[0].name, {found[0].node, place.channel, place.position}};
}

void add_grid(const Model& model, const NeuronRequest& request, std::vector<AskedNeuron>& neurons) {
  const Texts parts = split(request.at, ':');
  if (parts.size() != 3) refuse("--at", request.at, "CHANNEL:Y:X, as in 0:2:2 or *:2:2");
  const Place place = parse_place("--at", request.at, parts);
  const std::size_t before = neurons.size();
  for (const Layer& layer : select_layers(model, request.layers, request.before_activation)) {
    const Shape& map = model.graph.nodes[layer.node].shape;
    if (is_inside(place, map))
      neurons.push_back({layer.name, {layer.node, place.channel, place.position}});
    else
      log::warn("--at {}: left out, {}", request.at, map_text(layer.name, map));
  }
  if (neurons.size() == before)
    throw ConfigError("--at " + request.at + ": no layer has this place");
}

}  // namespace

std::string AskedNeuron::text() const {
  const std::string channel = neuron.channel < 0 ? "*" : std::to_string(neuron.channel);
  return fmt::format("{}:{}:{}:{}", layer, channel, neuron.position.y, neuron.position.x);
}

std::vector<AskedNeuron> resolve_neurons(const Model& model, const NeuronRequest& request) {
  if (request.neurons.empty() && request.at.empty())
    throw ConfigError(
        "no neuron is named; give --neuron LAYER:CHANNEL:Y:X, or --at CHANNEL:Y:X for a place in "
        "every layer of --layers");
  if (!request.layers.empty() && request.at.empty())
    throw ConfigError("--layers needs --at CHANNEL:Y:X, the place of the neuron in each of them");
  std::vector<AskedNeuron> neurons;
  for (const std::string& text : request.neurons)
    neurons.push_back(resolve_one(model, text, request.before_activation));
  if (!request.at.empty()) add_grid(model, request, neurons);
  return neurons;
}

}  // namespace rfmap::app
