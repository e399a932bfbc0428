#pragma once

#include <string>
#include <vector>

#include "rfmap/geometry.h"
#include "rfmap/graph.h"

namespace rfmap {

/// The files to read. `input_size` overrides the file's input height and width (0 x 0: as
/// declared).
struct ModelFiles {
  std::string model;    ///< .onnx or Caffe's deploy .prototxt
  std::string weights;  ///< .caffemodel; empty for ONNX
  Size input_size;
  InputLayout input_layout = InputLayout::automatic;
  bool theory = false;  ///< operations for theory only are read too (graph.h, TheoryOnly)
};

/// A node that could not be imported, and the nodes lost with it.
struct Unsupported {
  std::string node, operation, reason;
  std::vector<std::string> names;   ///< names of the lost nodes and tensors (its own first)
  std::vector<std::string> layers;  ///< those of them that are convolutions or poolings
  std::vector<std::string> reads;   ///< names of imported nodes that some of them read
  bool is_read = false;             ///< some lost node reads it
};

struct Model {
  Graph graph;                               ///< batch normalisation after a convolution folded
  std::vector<Unsupported> unsupported;      ///< in file order
  std::string model_sha256, weights_sha256;  ///< hex; external data count as weights
};

/// Reads .onnx, or a .prototxt with its .caffemodel. Nodes that are not supported (operation,
/// attribute, rank) and all nodes that depend on them are omitted and listed: the requested layers
/// may not need them. Throws ConfigError (file does not exist, free input size without override),
/// ModelError (cannot be read; nothing could be imported).
Model read_model(const ModelFiles& files);

/// A layer whose units are measured: the name that users see and the node whose values are read.
struct Layer {
  std::string name;
  int node = 0;
  int named = kNone;  ///< the node that the name means, where that is not `node`: a convolution
                      ///< whose response is read after its activation
  int meant() const { return named == kNone ? node : named; }
};

/// Where the response of a convolution or fully connected node is read that an activation follows.
enum class ReadAt { after_activation, before_activation };
inline ReadAt read_at(bool before_activation) {
  return before_activation ? ReadAt::before_activation : ReadAt::after_activation;
}

/// Resolves `patterns` (names of nodes, paths of modules, which mean their last output, names of
/// tensors, globs, "all", or empty for the default: every
/// convolution and pooling output, without global pooling and layers that see the whole input
/// everywhere). A convolution (or fully connected node) named by its node means its response after
/// the activation that directly follows and is its only consumer, unless read before it; a
/// tensor's name always means this tensor. Result in graph order, without duplicates. Throws
/// ConfigError with the nearest names for a name that does not exist, and ModelError naming node
/// and operation for one that depends on an unsupported node. The default leaves out what cannot be
/// measured, "all" what nothing reads, with one warning; it fails if nothing remains.
std::vector<Layer> select_layers(const Model& model, const std::vector<std::string>& patterns,
                                 ReadAt at = ReadAt::after_activation);

}  // namespace rfmap
