#pragma once

#include <string>

#include "rfmap/theory.h"

namespace rfmap::app {

/// A neuron given as LAYER:Y:X or LAYER:CHANNEL:Y:X, split from the right, since names of layers
/// may hold colons; counted from 0; the channel may be "*". Fills all but the box. Throws
/// ConfigError: wrong form, no such layer (with the nearest names), outside the map.
NamedNeuron parse_neuron(const Model& model, const std::string& text);

}  // namespace rfmap::app
