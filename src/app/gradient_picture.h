#pragma once

#include <string>
#include <vector>

#include "rfmap/tiles.h"

#include "app/gradient_text.h"

namespace rfmap::app {

/// Which of a neuron's maps a picture shows.
enum class Product { support, absolute, signed_mean, squared };

/// The maps, one a tile: the whole input in the map's own scale, the outline of the theoretical
/// field as far as the image reaches. Neurons at one place stand under one title. `how` ends the
/// caption: network, inputs, what was left out of it.
TileSheet gradient_sheet(const std::vector<GradientRow>& rows,
                         const std::vector<NeuronGradient>& neurons, Product product,
                         const std::string& how);

}  // namespace rfmap::app
