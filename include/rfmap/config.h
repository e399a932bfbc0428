#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rfmap/aggregate.h"
#include "rfmap/occlusion.h"
#include "rfmap/preprocess.h"
#include "rfmap/program.h"

namespace rfmap {

/// How occluded passes run: by windows where a layer has them (automatic), or as asked.
enum class Strategy { automatic, full, window };

/// Weights as they are, or permuted inside each layer: what a field would be without training.
enum class WeightsControl { none, shuffle };

/// Which images are related (crops of one photograph, frames of one film) and resampled together:
/// none, those of one folder, or those of one label in a list's second column.
enum class Cluster { none, folder, column };

/// Everything that `rfmap estimate` can be told, as given on the command line or in a TOML file.
/// Declared once in src/app/options.h (visitor), which parses, prints help, writes TOML and feeds
/// the fingerprint.
struct Config {
  std::string model, weights;
  WeightsControl weights_control = WeightsControl::none;
  std::vector<std::string> images;
  Cluster cluster = Cluster::none;
  std::string out;
  bool overwrite = false, resume = false;
  double commit_every = 30;  ///< seconds of the occlusion phase that a crash may lose

  std::vector<std::string> layers;  ///< empty: default
  std::string units = "all";        ///< all | 0-63 | 3,7 | random:N
  bool before_activation = false;
  int top_k = 25, bottom_k = 0;

  Size occluder{11, 11}, stride{3, 3};
  Fill fill = Fill::noise;
  std::uint64_t seed = 0;
  bool overhang = false;
  Response response = Response::location;
  AggregateRules rules;
  bool keep_maps = false, with_gradient = false;

  std::string preset;           ///< empty: none
  Preprocessing preprocessing;  ///< resolved: preset overridden by explicit options
  Size input_size;

  std::string device = "auto", precision = "auto";
  Strategy strategy = Strategy::automatic;
  int batch = 0;           ///< 0: auto
  int threads = 0;         ///< 0: all cores
  std::size_t memory = 0;  ///< bytes; 0: auto
  bool quiet = false, verbose = false;
  std::string log_file;

  std::string command_line;  ///< as typed, for the results
  std::string toml;          ///< the file that repeats this run
};

}  // namespace rfmap
