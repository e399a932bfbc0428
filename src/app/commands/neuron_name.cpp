#include "app/commands/neuron_name.h"

#include <limits>
#include <optional>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "app/options/options.h"

namespace rfmap::app {
namespace {

[[noreturn]] void refuse_neuron(const std::string& text, const std::string& allowed) {
  refuse("--neuron", text, allowed);
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
  const auto value = part ? whole_number(*part) : std::nullopt;
  if (!value || *value < 0 || *value > std::numeric_limits<int>::max() || rest.empty())
    refuse_neuron(text, "LAYER:Y:X or LAYER:CHANNEL:Y:X, counted from 0");
  return int(*value);
}

Layer only_layer(const Model& model, const std::string& name, const std::string& text) {
  const std::vector<Layer> found = select_layers(model, {name}, false);
  if (found.size() != 1) refuse_neuron(text, "the name of one layer, this matches several");
  return found.front();
}

/// Sets the layer of "LAYER" or, if there is none of that name, that of "LAYER:CHANNEL".
void set_layer(NamedNeuron& neuron, const Model& model, const std::string& name,
               const std::string& text) {
  std::string shorter = name;
  const auto channel = cut_last(shorter);
  const std::int64_t number = whole_number(channel.value_or("")).value_or(-1);
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

}  // namespace rfmap::app
