#pragma once

#include <functional>
#include <span>
#include <vector>

#include "rfmap/images.h"
#include "rfmap/model.h"

namespace rfmap::figures {

/// A layer's output for one image, [C, H, W].
struct LayerMap {
  Shape shape;
  std::vector<float> values;
  std::span<const float> channel(int c) const {
    return std::span(values).subspan(std::size_t(c) * shape.area(), shape.area());
  }
};

/// Maps of some nodes of a network for an image, in the order of the nodes.
using Forward = std::function<std::vector<LayerMap>(const Crop&)>;
/// On the CPU.
Forward make_forward(const Graph& graph, const std::vector<int>& nodes,
                     const Preprocessing& preprocessing);

}  // namespace rfmap::figures
