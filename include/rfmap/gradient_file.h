#pragma once

#include <string>
#include <vector>

#include "rfmap/attribute.h"
#include "rfmap/gradient.h"

/// What `rfmap gradient` writes.
namespace rfmap {

/// One neuron's maps with what names them; `box`: its theoretical field, unclipped.
struct NeuronGradient {
  std::string layer, kind;
  int channel = -1;  ///< -1: the sum over all channels
  Point position;
  Rect box;
  GradientMaps maps;
};

/// /neurons/N/{support, absolute, signed, squared}, [y, x] over the network's input, N in the order
/// of `neurons`; `attributes` go to the root. Throws ConfigError (cannot create), EngineError
/// (cannot write).
void write_gradient_file(const std::string& path, const Attributes& attributes,
                         const std::vector<NeuronGradient>& neurons);

/// A picture of the maps, one a tile: the whole input in the layer's own scale from 0 to the peak
/// (signed maps: white at 0), with the outline of the clipped theoretical field.
struct GradientPicture {
  std::string title, label;  ///< two lines below the tile
  Size shape;
  std::vector<float> values;  ///< [height, width]
  bool diverging = false;
  Rect box;
};
void write_gradients_png(const std::string& path, const std::vector<GradientPicture>& pictures,
                         int columns);

}  // namespace rfmap
