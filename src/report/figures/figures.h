#pragma once

#include <string>
#include <vector>

#include "rfmap/gradient_file.h"
#include "rfmap/results.h"
#include "rfmap/theory.h"

#include "report/recorded.h"
#include "report/tiles.h"

/// The figures of `rfmap show` and `rfmap gradient`. Those of `show` throw ConfigError where the
/// selection names what is not there.
namespace rfmap::figures {

/// Which units, and how many of their images.
struct Selection {
  std::vector<std::string> layers;  ///< globs; empty: all
  std::vector<int> units;           ///< channels; empty: the first `count` of each layer
  int count = 8;
  int top = 9;              ///< images per unit
  std::string images_root;  ///< where the images of the results are now; empty: as recorded
};

enum class CropTo { measured, theory };

// Of a results file; those that show images throw DataError where one cannot be read.

/// Mean fields, a group per layer.
report::TileSheet fields_sheet(const ResultsReader& results, const Selection& selection);
/// Mean fields of all layers at one magnification.
report::TileSheet compare_sheet(const ResultsReader& results, const Selection& selection);
/// The mean field beside the recentred map of each image.
report::TileSheet maps_sheet(const ResultsReader& results, const Selection& selection);
/// Each image's map over the image.
report::TileSheet overlay_sheet(const ResultsReader& results, const Selection& selection);
/// The images about the neuron's centre, as wide as the field.
report::TileSheet crops_sheet(const ResultsReader& results, const Selection& selection,
                              CropTo crop_to);
/// The images darkened outside the unit's field, which lies where the unit responds most; with a
/// model, wherever it responds with at least `threshold` of its maximum.
report::TileSheet segment_sheet(const ResultsReader& results, const Selection& selection,
                                const Model* model, double threshold);

/// A network and the image that it is shown.
struct NetworkImage {
  Model model;
  Preprocessing preprocessing;
  ImageRef image;
};

/// Theoretical fields, the neurons' boxes, over the image.
report::TileSheet box_sheet(const NetworkImage& network, const std::vector<NamedNeuron>& neurons);
/// Maps of a layer's channels.
report::TileSheet activations_sheet(const NetworkImage& network, const Layer& layer,
                                    const Selection& selection);
/// The same in the image's frame: each value at the centre of its neuron's field.
report::TileSheet centred_sheet(const NetworkImage& network, const Layer& layer,
                                const Selection& selection);
/// Weights of the first convolution that the selection names, of 1 or 3 input channels.
report::TileSheet filters_sheet(const Model& model, const Selection& selection, ChannelOrder order);

// Of `rfmap gradient`.

/// Which of a neuron's maps a picture shows.
enum class Product { support, absolute, signed_mean, squared };

/// A neuron with its theoretical field as far as the image reaches and the hull of its support
/// (empty: none).
struct GradientShown {
  const NeuronGradient& neuron;
  Rect box, support;
};

/// The maps, one a tile: the whole input in the map's own scale, the outline of the box. Neurons at
/// one place stand under one title. `how` ends the caption: network, inputs, what was left out.
report::TileSheet gradient_sheet(const std::vector<GradientShown>& shown, Product product,
                                 const std::string& how);

}  // namespace rfmap::figures
