#include "app/commands/neuron_name.h"

#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"

#include "core/log.h"

namespace rfmap::app {
namespace {

[[noreturn]] void refuse_neuron(const std::string& text, const std::string& allowed) {
  refuse("--neuron", text, allowed);
}

/// A number counted from 0.
std::optional<int> parse_index(const std::string& text) {
  const auto value = whole_number(text);
  if (!value || *value < 0 || *value > std::numeric_limits<int>::max()) return std::nullopt;
  return int(*value);
}

/// Removes the part after the last colon; nothing if there is no colon.
std::optional<std::string> cut_last(std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string part = text.substr(colon + 1);
  text.resize(colon);
  return part;
}

int take_index(std::string& rest, const std::string& text) {
  const auto part = cut_last(rest);
  const auto index = part ? parse_index(*part) : std::nullopt;
  if (!index || rest.empty()) refuse_neuron(text, "LAYER:Y:X or LAYER:CHANNEL:Y:X, counted from 0");
  return *index;
}

Layer only_layer(const Model& model, const std::string& name, const std::string& text) {
  const std::vector<Layer> found = select_layers(model, {name});
  if (found.size() != 1) refuse_neuron(text, "the name of one layer, this matches several");
  return found.front();
}

/// Sets the layer of "LAYER" or, if there is none of that name, that of "LAYER:CHANNEL".
void set_layer(NamedNeuron& neuron, const Model& model, const std::string& name,
               const std::string& text) {
  std::string shorter = name;
  const auto channel = cut_last(shorter);
  const std::int64_t number = whole_number(channel.value_or("")).value_or(kNone);
  const bool has_channel = channel && !shorter.empty() && (number >= 0 || *channel == "*");
  try {
    neuron.layer = only_layer(model, name, text);
    return;
  } catch (const ConfigError&) {
    if (!has_channel) throw;
  }
  neuron.layer = only_layer(model, shorter, text);
  const int channels = model.graph.nodes[std::size_t(neuron.layer.node)].shape.c;
  if (number >= channels)
    refuse_neuron(text, fmt::format("channels 0 to {} of layer {}", channels - 1, shorter));
  neuron.channel = int(number);
}

int index_at(const std::string& label, const std::string& whole, const std::string& text) {
  const auto index = parse_index(text);
  if (!index)
    refuse(label, whole, "numbers counted from 0, or * as channel: the sum over channels");
  return *index;
}

/// "channel:y:x" of a node that is not known yet.
Neuron parse_place(const std::string& label, const std::string& whole, const Texts& parts) {
  Neuron place;
  if (parts[0] != "*") place.channel = index_at(label, whole, parts[0]);
  place.position = {index_at(label, whole, parts[1]), index_at(label, whole, parts[2])};
  return place;
}

bool is_inside(const Neuron& place, const Shape& map) {
  return place.channel < map.c && place.position.y < map.h && place.position.x < map.w;
}

std::string map_text(const std::string& layer, const Shape& map) {
  return fmt::format("layer {} has {} channel(s) of {} x {} positions, counted from 0", layer,
                     map.c, map.h, map.w);
}

/// "layer:channel:y:x", split from the right: layers' names may hold colons.
AskedNeuron resolve_one(const Model& model, const std::string& text, const NeuronRequest& request) {
  const std::string wanted = "LAYER:CHANNEL:Y:X, as in conv1:0:27:27 or conv1:*:27:27";
  const Texts parts = split(text, ':');
  if (parts.size() < 4) refuse("--neuron", text, wanted);
  const Texts last(parts.end() - 3, parts.end());
  Neuron neuron = parse_place("--neuron", text, last);
  const std::string name = fmt::format("{}", fmt::join(parts.begin(), parts.end() - 3, ":"));
  const std::vector<Layer> found = select_layers(model, {name}, read_at(request.before_activation));
  if (found.size() != 1)
    throw ConfigError(
        fmt::format("--neuron {}: {} layers match {}; name one, or use --layers with "
                    "--at",
                    text, found.size(), name));
  const Shape& map = model.graph.nodes[found[0].node].shape;
  if (!is_inside(neuron, map))
    throw ConfigError(fmt::format("--neuron {}: {}", text, map_text(found[0].name, map)));
  neuron.node = found[0].node;
  return {found[0].name, neuron};
}

void add_grid(const Model& model, const NeuronRequest& request, std::vector<AskedNeuron>& neurons) {
  const Texts parts = split(request.at, ':');
  if (parts.size() != 3) refuse("--at", request.at, "CHANNEL:Y:X, as in 0:2:2 or *:2:2");
  const Neuron place = parse_place("--at", request.at, parts);
  const std::size_t before = neurons.size();
  for (const Layer& layer :
       select_layers(model, request.layers, read_at(request.before_activation))) {
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

NamedNeuron parse_neuron(const Model& model, const std::string& text) {
  std::string rest = text;
  NamedNeuron neuron;
  neuron.name = text;
  neuron.position.x = take_index(rest, text);
  neuron.position.y = take_index(rest, text);
  set_layer(neuron, model, rest, text);
  const Shape& map = model.graph.nodes[std::size_t(neuron.layer.node)].shape;
  if (neuron.position.y >= map.h || neuron.position.x >= map.w)
    refuse_neuron(text, fmt::format("rows 0 to {} and columns 0 to {}, the map of layer {}",
                                    map.h - 1, map.w - 1, neuron.layer.name));
  return neuron;
}

std::string AskedNeuron::text() const {
  const std::string channel = neuron.channel == kAllChannels ? "*" : std::to_string(neuron.channel);
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
    neurons.push_back(resolve_one(model, text, request));
  if (!request.at.empty()) add_grid(model, request, neurons);
  return neurons;
}

}  // namespace rfmap::app
