#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rfmap/images.h"
#include "rfmap/model.h"

#include "plan/engine.h"

namespace rfmap::figures {

/// A layer's output for one image, [C, H, W].
struct LayerMap {
  Shape shape;
  std::vector<float> values;
  std::span<const float> channel(int c) const {
    return std::span(values).subspan(std::size_t(c) * shape.area(), shape.area());
  }
};

/// Maps of some nodes of a network, image by image, on the CPU.
class Forward {
 public:
  Forward(const Graph& graph, const std::vector<int>& nodes, const Preprocessing& preprocessing);
  /// In the order of the nodes.
  std::vector<LayerMap> operator()(const Crop& crop);

 private:
  std::vector<Shape> shapes_;
  Preprocessing preprocessing_;
  std::unique_ptr<plan::Engine> engine_;
  std::unique_ptr<plan::Session> session_;
};

/// One image with the network's preprocessing. Throws DataError with its problem.
Crop require_image(const ImageRef& image, const Preprocessing& preprocessing, int channels);

}  // namespace rfmap::figures
