#pragma once

#include <cstdint>

#include "rfmap/graph.h"

namespace rfmap::run {

/// Permutes the weights inside each convolution and fully connected node: the same numbers, biases
/// and architecture, without the order that training gave them (the control of --weights-control
/// shuffle). The permutation depends on the seed and the node's name only (Philox). Weights that
/// nodes share stay shared, by the first node's permutation.
void shuffle_weights(Graph& graph, std::uint64_t seed);

}  // namespace rfmap::run
