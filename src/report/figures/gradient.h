#pragma once

#include <string>
#include <vector>

#include "rfmap/gradient_file.h"

#include "report/tiles.h"

namespace rfmap::figures {

/// Which of a neuron's maps a picture shows.
enum class Product { support, absolute, signed_mean, squared };

/// A neuron with its theoretical field as far as the image reaches and the hull of its support
/// (empty: none).
struct GradientShown {
  const NeuronGradient& neuron;
  Rect box, support;
};

/// The maps, one a tile: the whole input in the map's own scale, the outline of the box. Neurons at
/// one place stand under one title. `how` ends the caption: network, inputs, what was left out.
report::TileSheet gradient_sheet(const std::vector<GradientShown>& shown, Product product,
                                 const std::string& how);

}  // namespace rfmap::figures
