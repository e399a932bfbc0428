#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rfmap/aggregate.h"
#include "rfmap/occlusion.h"
#include "rfmap/preprocess.h"

/// What a run can be asked. Every field is declared once, with its name, unit, help and the names
/// of its values, in src/method/declared.cpp; from there follow the command line, --help, TOML, the
/// identity by which runs are told apart, and the attributes of the results.
namespace rfmap {

/// How occluded passes run: by windows where a layer has them (automatic), or as asked.
enum class Strategy { automatic, full, window };

/// Weights as they are, or permuted inside each layer: what a field would be without training.
enum class WeightsControl { none, shuffle };

/// Which images are related (crops of one photograph, frames of one film) and resampled together:
/// none, those of one folder, or those of one label in a list's second column.
enum class Cluster { none, folder, column };

/// The network and the images.
struct Inputs {
  std::string model, weights;
  Size input_size;  ///< instead of the model's own; 0 x 0: the model's
  InputLayout input_layout = InputLayout::automatic;
  std::vector<std::string> images;
};

/// How images become the network's input: a preset's values, each overridden by its own field.
struct PreprocessingChoice {
  std::string preset;  ///< empty: none
  std::optional<ChannelOrder> channels;
  std::optional<std::vector<double>> mean, std;
  std::optional<double> scale;
  std::optional<Resize> resize;
  std::optional<Size> crop;
};

/// Everything but the inputs that changes the results.
struct Method {
  WeightsControl weights_control = WeightsControl::none;
  Cluster cluster = Cluster::none;
  bool keep_maps = false, with_gradient = false;

  std::vector<std::string> layers;  ///< empty: every convolution and pooling output
  std::string units = "all";        ///< all | 0-63 | 3,7 | random:N
  bool before_activation = false;
  int top_k = 25, bottom_k = 0;  ///< images per unit

  Size occluder{11, 11}, stride{3, 3};  ///< pixels
  Fill fill = Fill::noise;
  std::uint64_t seed = 0;
  bool overhang = false;
  Response response = Response::location;
  AggregateRules rules;

  PreprocessingChoice preprocessing;
};

/// Where the run computes. Results differ by rounding at most.
struct Machine {
  std::string device = "auto", precision = "auto";
  Strategy strategy = Strategy::automatic;
  std::optional<int> batch;           ///< occluded copies per pass; chosen if not given
  std::optional<int> threads;         ///< all cores of the process if not given
  std::optional<std::size_t> memory;  ///< bytes of working memory; the device's share if not given
};

/// One of `count` processes that do a run together and share nothing but the output's folder;
/// counted from 1.
struct Shard {
  int index = 1, count = 1;
  bool operator==(const Shard&) const = default;
};

/// Where the results go.
struct Output {
  std::string path;  ///< HDF5
  bool overwrite = false, resume = false;
  double commit_every = 30;    ///< seconds of the occlusion phase that a crash may lose
  std::string command_line;    ///< recorded in the results
  std::optional<Shard> shard;  ///< measures that part only; merge() writes the results
  int wait = 600;              ///< seconds that a shard waits for the scan of the others
};

struct Job {
  Inputs inputs;
  Method method;
  Machine machine;
  Output output;
};

}  // namespace rfmap
