#pragma once

#include <string>
#include <vector>

#include "rfmap/attribute.h"
#include "rfmap/gradient.h"

/// The HDF5 file of `rfmap gradient`.
namespace rfmap {

/// One neuron's maps and its name; `box`: its theoretical field, unclipped.
struct NeuronGradient {
  std::string layer, kind;
  int channel = kAllChannels;
  Point position;
  Rect box;
  GradientMaps maps;
};

/// /neurons/N/{support, absolute, signed, squared}, [y, x] over the network's input, N in the order
/// of `neurons`; `attributes` go to the root. Throws ConfigError (cannot create), EngineError
/// (cannot write).
void write_gradient_file(const std::string& path, const Attributes& attributes,
                         const std::vector<NeuronGradient>& neurons);

}  // namespace rfmap
