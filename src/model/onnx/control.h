#pragma once

#include <functional>

#include "model/onnx/fragment.h"
#include "model/onnx/import.h"

/// If, Loop and Scan whose course is known without an image.
namespace rfmap::importing {

/// What they need to import nodes that take their place.
struct FragmentScope {
  OnnxImport& import;
  TensorNames& names;
  std::function<void(onnx::GraphProto)> walk;  ///< imports the nodes of a fragment
};

/// Imports the node's inner graphs in its place. Throws Refusal if its course depends on the image;
/// then some rounds may have been imported.
using ControlHandler = void (*)(const FragmentScope&, onnx::NodeProto&);
/// Null for all other operations.
ControlHandler find_control_handler(const onnx::NodeProto& node);

}  // namespace rfmap::importing
