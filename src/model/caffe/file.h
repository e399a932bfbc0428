#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <caffe.pb.h>

#include "model/constant.h"

namespace rfmap::importing {

/// A layer of the deploy file in the current format, with its weights.
struct CaffeLayer {
  caffe::LayerParameter proto;       ///< without blobs
  std::vector<Constant> blobs;       ///< as in the caffemodel, in its order
  std::vector<std::string> unknown;  ///< unknown fields
  bool has_weights = false;          ///< the caffemodel knows the layer's name
};

struct CaffeFile {
  caffe::NetParameter net;  ///< without its layers
  std::vector<CaffeLayer> layers;
};

/// Reads a deploy prototxt and the weights that belong to it, by the layers' names; without weights
/// if `caffemodel` is empty.
/// Throws ConfigError (a file does not exist), ModelError (cannot be read).
CaffeFile read_caffe(const std::string& prototxt, const std::string& caffemodel);

/// Converts an old layer to the current format.
caffe::LayerParameter upgrade(const caffe::V1LayerParameter& old);

}  // namespace rfmap::importing
