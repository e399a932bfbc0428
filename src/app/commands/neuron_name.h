#pragma once

#include <string>
#include <vector>

#include "rfmap/gradient.h"
#include "rfmap/theory.h"

#include "app/options/options.h"

namespace rfmap::app {

/// A neuron given as LAYER:Y:X or LAYER:CHANNEL:Y:X, split from the right, since names of layers
/// may hold colons; counted from 0; the channel may be "*". Fills all but the box. Throws
/// ConfigError: wrong form, no such layer (with the nearest names), outside the map.
NamedNeuron parse_neuron(const Model& model, const std::string& text);

/// The requested neurons: `neurons` as layer:channel:y:x, and one position `at` (channel:y:x) in
/// every one of `layers`; a channel "*" is the sum over channels.
struct NeuronRequest {
  Texts neurons, layers;
  std::string at;
  bool before_activation = false;
};

struct AskedNeuron {
  std::string layer;
  Neuron neuron;
  std::string text() const;  ///< layer:channel:y:x
};

/// In the order of the request. Throws ConfigError for names that cannot be parsed or positions
/// outside a map (with `at`, layers whose map lacks the position are omitted with a warning),
/// ModelError as select_layers().
std::vector<AskedNeuron> resolve_neurons(const Model& model, const NeuronRequest& request);

}  // namespace rfmap::app
