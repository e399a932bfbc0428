#pragma once

#include <string>

#include "rfmap/model.h"

namespace rfmap::importing {

/// Model::graph (nothing folded yet), unsupported and weights_sha256 of an ONNX file.
Model import_onnx(const ModelFiles& files);

/// Graph and losses of a Caffe network.
Model import_caffe(const ModelFiles& files);

}  // namespace rfmap::importing
