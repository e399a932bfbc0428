#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rfmap/estimate.h"
#include "rfmap/images.h"
#include "rfmap/model.h"
#include "rfmap/ranks.h"
#include "rfmap/results.h"
#include "rfmap/spooled.h"

namespace rfmap::run {

/// A layer of the run with everything that is known before the first image; size_flat comes last.
struct MeasuredLayer : LayerRecord {
  int node = 0;
  Shape shape;                                     ///< of the node
  std::vector<std::array<float, 2>> unit_rf_size;  ///< (y, x) of each unit's own branch, px
};

/// Size and time of change of a file: cheap, and enough to notice another one.
struct FileVersion {
  std::uint64_t size = 0;
  std::int64_t changed = 0;
  bool operator==(const FileVersion&) const = default;
};

/// A job with what it works on, fixed before the first image is decoded.
struct Run : Job {
  Hooks hooks;
  std::shared_ptr<Ranks> ranks = this_process();
  int threads = 1;
  Model model;
  Preprocessing preprocessing;  ///< crop is the network's input
  std::vector<MeasuredLayer> layers;
  ImageList images;
  Spooled<std::int32_t> clusters;  ///< of each image, from 0; -1: the image alone
  Spooled<FileVersion> versions;   ///< of the files of the images; empty: not asked for
  Grid grid;
  bool sees_whole_map() const { return method.response != Response::location; }
  const Shape& input() const { return model.graph.input(); }
};

/// Reads the model, resolves layers and units, lists the images. Throws as its parts do.
Run prepare(const Job& job, const Hooks& hooks = {});

/// The preprocessing with its crop filled in, checked against the network's input. Throws
/// ConfigError, ModelError.
Preprocessing fit_to_input(Preprocessing p, const Shape& input);

/// The cluster of each image, counted from 0 in the order in which they appear; -1 for none, and
/// by folder for items of IDX and tar files. Throws ConfigError where no image has a label for
/// `column`.
Spooled<std::int32_t> image_clusters(const ImageList& images, Cluster cluster);

/// Channels that a --units text means (all, 0-63, 3,7, random:N) for a layer of `channels`; a
/// random choice depends on the seed and the layer's name only. Throws ConfigError.
std::vector<int> parse_units(const std::string& text, int channels, std::uint64_t seed,
                             const std::string& layer);

/// False when no input can drive the node's value below 0 (after ReLU, sigmoid, softmax, ...).
bool can_be_negative(const Graph& graph, int node);

/// Permutes the weights inside each convolution and fully connected node: the same numbers, biases
/// and architecture, without the order that training gave them (the control of --weights-control
/// shuffle). The permutation depends on the seed and the node's name only (Philox). Weights that
/// nodes share stay shared, by the first node's permutation.
void shuffle_weights(Graph& graph, std::uint64_t seed);

}  // namespace rfmap::run
