#pragma once

#include <string>
#include <vector>

#include <onnx.pb.h>

namespace rfmap::importing {

/// Where a node stands in the program that exported it.
struct ModulePath {
  std::string module;  ///< "layer1.0.conv1"; empty if the file does not say
  std::string leaf;    ///< what the node does in it: "Conv", "relu_1"
};

/// Reads the modules of nodes from what exporters leave: weights' names, name scopes (PyTorch's
/// dynamo exporter), nodes' names (PyTorch's legacy exporter, tf2onnx).
class ModulePaths {
 public:
  explicit ModulePaths(const onnx::ModelProto& model);
  ModulePath of(const onnx::NodeProto& node) const;

 private:
  ModulePath keras_path(const onnx::NodeProto& node) const;

  bool keras_ = false;
  std::string keras_root_;       ///< name of the Keras model, if all nodes are in it
  bool keras_numbered_ = false;  ///< Keras 3 ends every layer's name in _N
};

}  // namespace rfmap::importing
